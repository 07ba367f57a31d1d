// Everything that makes the provider do something.

let provider = null;

async function loadProvider() {
  provider = await call("GET", "/provider");
  const options = (values) => values.map((v) => el("option", { value: v }, v));
  $("filter-status").append(...options(provider.statuses));
  $("filter-event").append(...options(provider.events));
  $("fault-kind").append(...options(provider.fault_kinds));
  $("fault-tamper").append(...options(provider.tampers));
  $("trigger-event").append(...options(provider.events));
  $("subscribe-token").hidden = !provider.handshake;
}

let event = null;

async function chooseEvent() {
  event = await call("GET", "/events/" + encodeURIComponent($("trigger-event").value));
  $("trigger-summary").textContent = event.summary;
  fill($("trigger-fields"), event.fields.map(input));
}

function input(f) {
  const id = "field" + f.pointer.replaceAll("/", "-");
  const values = f.type === "boolean" ? [true, false] : f.enum;
  const known = values && !f.open;
  const control = known ? el("select", { id }, el("option", { value: "" }, "made"), values.map((v) => el("option", { value: JSON.stringify(v) }, String(v))))
    : el("input", { id, placeholder: "made", type: f.type === "number" || f.type === "integer" ? "number" : "text" });
  control.dataset.pointer = f.pointer;
  control.dataset.kind = known ? "json" : f.type;
  return el("label", { for: id, title: f.description || "" }, f.pointer, f.required ? " (required)" : "", control);
}

// chosenValues are the fields that somebody has filled in.
function chosenValues() {
  const set = {};
  for (const control of $("trigger-fields").querySelectorAll("[data-pointer]")) {
    if (control.value === "") continue;
    const kind = control.dataset.kind;
    set[control.dataset.pointer] = kind === "json" ? JSON.parse(control.value) : kind === "number" || kind === "integer" ? Number(control.value) : control.value;
  }
  return set;
}

async function sendTrigger() {
  const text = $("trigger-body").value.trim();
  const set = chosenValues();
  if (text) JSON.parse(text);
  const request = text ? '{"body":' + text + "}" : { event: $("trigger-event").value, ...(Object.keys(set).length ? { set } : {}) };
  const answer = await call("POST", "/trigger", request);
  const count = answer.deliveries.length;
  fill($("trigger-result"), el("p", {}, count === 0 ? "Accepted, but nobody is subscribed to it." : "Accepted: " + count + (count === 1 ? " delivery. " : " deliveries. "),
    answer.deliveries.map((d) => el("a", { href: "#deliveries", onclick: () => attempt(() => choose(d.id)) }, "Delivery " + d.id + " "))));
}

async function loadJourneys() {
  const { journeys } = await call("GET", "/journeys");
  fill($("journey-rows"), journeys.map((j) => {
    const play = button("▶ Play", () => call("POST", "/journeys/" + encodeURIComponent(j.name) + "/play", { speed: Number($("journey-speed").value) || 1 }));
    play.setAttribute("aria-label", "Play " + j.name);
    return el("tr", {}, el("th", { scope: "row" }, j.name), el("td", {}, j.summary), el("td", {}, play));
  }));
  await loadStreams();
}

async function loadStreams() {
  const { streams } = await call("GET", "/streams");
  fill($("stream-rows"), streams.map((s) => el("tr", {}, el("td", {}, (s.journeys || ["everything"]).join(", ")),
    el("td", {}, s.rate ? s.rate + " a second" : s.backlog ? "as fast as it goes" : s.speed + " times its pace"), el("td", { className: "number" }, s.taken), el("td", {}, badge(s.status)),
    el("td", {}, button("End", async () => { await call("DELETE", "/streams/" + s.id); await loadStreams(); })))));
}

async function loadSubscriptions() {
  const { subscriptions } = await call("GET", "/subscriptions");
  const kept = $("filter-subscription").value;
  fill($("filter-subscription"), el("option", { value: "" }, "all"), subscriptions.map((s) => el("option", { value: s.id, selected: s.id === kept }, s.url)));
  fill($("subscription-rows"), subscriptions.map(subscription));
}

function subscription(s) {
  const path = "/subscriptions/" + encodeURIComponent(s.id);
  const again = (work) => async () => { await work(); await loadSubscriptions(); };
  return el("tr", {}, el("td", {}, s.url), el("td", {}, s.events.join(" ") || "all"), el("td", {}, badge(s.status), s.reason ? " " + s.reason : ""),
    el("td", {}, s.lane.waiting + " waiting, " + s.lane.sending + " sending", s.lane.breaker === "closed" ? "" : ", breaker " + s.lane.breaker),
    el("td", {}, button(s.status === "active" ? "Pause" : "Go on", again(() => call("PATCH", path, { status: s.status === "active" ? "paused" : "active" }))), " ",
      provider && provider.signed ? button("New secret", again(async () => secret(await call("POST", path + "/rotate", { overlap: "1h" })))) : null, " ",
      button("Delete", again(() => call("DELETE", path)))));
}

function secret(s) {
  fill($("subscribe-result"), s.secret ? el("p", {}, "The secret of " + s.url + ", shown this once: ", el("code", {}, s.secret)) : el("p", {}, "Subscribed."));
}

async function subscribe() {
  const events = $("subscribe-events").value.split(/[\s,]+/).filter((e) => e && e !== "all");
  const request = { url: $("subscribe-url").value, events };
  if ($("subscribe-verify").value) request.verify_token = $("subscribe-verify").value;
  secret(await call("POST", "/subscriptions", request));
  await loadSubscriptions();
}

async function loadFaults() {
  const { faults } = await call("GET", "/faults");
  fill($("fault-rows"), faults.map((f) => el("tr", {}, el("td", {}, f.kind + (f.tamper ? ": " + f.tamper : "")), el("td", {}, Math.round(f.rate * 100) + " %"), el("td", { className: "number" }, f.touched),
    el("td", {}, button("End", async () => { await call("DELETE", "/faults/" + f.id); await loadFaults(); })))));
}

async function addFault() {
  const kind = $("fault-kind").value;
  const request = { kind, rate: Number($("fault-rate").value), delay_ms: Number($("fault-delay").value) };
  if (kind === "tamper" && $("fault-tamper").value) request.tamper = $("fault-tamper").value;
  await call("POST", "/faults", request);
  await loadFaults();
}

function showClock(c) {
  $("clock-detail").textContent = c.now + (c.frozen ? " (frozen)" : "");
  $("clock-speed").textContent = c.speed + " times real time";
  $("clock-freeze").textContent = c.frozen ? "Let it run" : "Freeze";
  $("clock-now").textContent = new Date(c.now).toISOString().slice(0, 19).replace("T", " ") + (c.frozen ? ", frozen" : "") + (c.speed === 1 ? "" : ", × " + c.speed);
  $("clock-freeze").dataset.frozen = c.frozen;
}

async function loadClock() { showClock(await call("GET", "/clock")); }

async function loadSessions() {
  const { sessions } = await call("GET", "/sessions");
  fill($("session-rows"), sessions.map((s) => el("tr", {}, el("td", {}, el("a", { href: "?session=" + encodeURIComponent(s.name) + "#deliveries" }, s.name), s.name === session ? " (shown)" : ""),
    el("td", { className: "number" }, s.subscriptions), el("td", { className: "number" }, s.pending),
    el("td", {}, s.name === session ? button("Reset", async () => { await call("POST", "/reset"); await loadSessions(); }) : s.name === "default" ? null :
      button("Delete", async () => { await call("DELETE", "/sessions/" + encodeURIComponent(s.name)); await loadSessions(); })))));
}

async function addSession() {
  const made = await call("POST", "/sessions", { name: $("session-name").value });
  fill($("session-result"), el("p", {}, "The API key of " + made.name + ", shown this once: ", el("code", {}, made.key)));
  await loadSessions();
}
