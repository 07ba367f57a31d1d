// The list of deliveries, and one of them with all its attempts.

const shown = new Map(); // number → delivery, in the list
const pageSize = 100;
let oldest = null;
let chosen = 0;

function filter() {
  const query = { limit: pageSize };
  for (const name of ["status", "event", "subscription"]) if ($("filter-" + name).value) query[name] = $("filter-" + name).value;
  for (const name of ["failed", "fault"]) if ($("filter-" + name).checked) query[name] = "true";
  return query;
}

// passes says whether a delivery belongs into the list as it is filtered now.
function passes(d) {
  const f = filter();
  return (!f.status || f.status === d.status) && (!f.event || f.event === d.event) && (!f.subscription || f.subscription === d.subscription) &&
    (!f.failed || (d.attempts > 0 && (d.status === "pending" || d.status === "dead"))) && (!f.fault || d.faults.length > 0);
}

async function loadDeliveries() {
  const answer = await call("GET", "/deliveries", null, filter());
  shown.clear();
  for (const d of answer.deliveries) shown.set(d.id, d);
  oldest = answer.next;
  drawDeliveries();
}

async function loadOlder() {
  const answer = await call("GET", "/deliveries", null, { ...filter(), before: oldest });
  for (const d of answer.deliveries) shown.set(d.id, d);
  oldest = answer.next;
  drawDeliveries();
}

function drawDeliveries() {
  const list = [...shown.values()].sort((a, b) => b.id - a.id);
  const focused = document.activeElement && document.activeElement.id;
  fill($("delivery-rows"), list.map(row));
  if (focused && focused.startsWith("delivery-") && $(focused)) $(focused).focus(); // it was drawn anew
  $("deliveries-count").textContent = list.length === 0 ? "No delivery yet." : list.length + " shown, newest first";
  $("older").hidden = !oldest;
}

function row(d) {
  const open = el("button", { type: "button", id: "delivery-" + d.id, onclick: () => attempt(() => choose(d.id)), "aria-label": "Show delivery " + d.id }, d.id);
  return el("tr", { "aria-selected": String(d.id === chosen) },
    el("td", {}, open), el("td", {}, d.event, d.faults.length ? el("span", { className: "faint" }, " ⚑ " + d.faults.join(", ")) : null),
    el("td", {}, badge(d.status)), el("td", { className: "number" }, d.attempts), el("td", { className: "number" }, d.answer || "–"), el("td", {}, time(d.created_at)));
}

let drawing = false;

// changed takes an update into the list, at most one drawing a frame.
function changed(d) {
  if (passes(d)) shown.set(d.id, d); else shown.delete(d.id);
  while (shown.size > 5 * pageSize) shown.delete(Math.min(...shown.keys()));
  if (!drawing) {
    drawing = true;
    requestAnimationFrame(() => { drawing = false; drawDeliveries(); });
  }
  if (d.id === chosen) attempt(() => choose(d.id));
}

async function choose(id) {
  chosen = id;
  drawDeliveries();
  const [found, signature] = await Promise.all([
    call("GET", "/deliveries/" + id, null, { raw: "true" }),
    call("GET", "/deliveries/" + id + "/signature").catch(() => null),
  ]);
  if (id !== chosen) return;
  const d = found.delivery;
  fill($("detail"),
    el("h3", {}, "Delivery " + d.id + " ", badge(d.status)),
    el("dl", {}, facts({ Event: d.event, "Message id": found.message.id || "none", About: found.message.entity || "unknown", From: found.message.origin, To: d.subscription, Faults: d.faults.join(", ") || "none" })),
    d.status === "captured" ? null : el("p", {}, button("Replay", async () => { await call("POST", "/deliveries/" + id + "/replay"); await choose(id); })),
    el("h3", {}, "Body"), body(found.message.body, found.message.body_base64),
    signature ? explanation(signature) : null,
    el("h3", {}, "Attempts"), found.attempts.length === 0 ? el("p", { className: "faint" }, "None yet; due ", time(d.due_at)) : null,
    found.attempts.map((a, i) => exchange(a, i === found.attempts.length - 1)));
}

function facts(all) { return Object.entries(all).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]); }

// body shows a body pretty, and raw on request.
function body(text, base64) {
  if (base64) return el("pre", { tabIndex: 0 }, "not UTF-8, as base64: " + base64);
  if (!text) return el("p", { className: "faint" }, "empty");
  return el("div", {}, json(text), el("details", {}, el("summary", {}, "Raw, " + new TextEncoder().encode(text).length + " bytes"), el("pre", { tabIndex: 0 }, text)));
}

function exchange(a, open) {
  const title = "Attempt " + a.number + ": " + (a.response ? a.response.status : a.failure || "no answer");
  return el("details", { open }, el("summary", {}, title + " ", badge(a.outcome), a.faults.length ? " ⚑ " + a.faults.join(", ") : ""),
    el("p", { className: "faint" }, time(a.at), " on the provider's clock, took " + a.duration_ms + " ms" + (a.cause ? "; " + a.cause : "")),
    el("h4", {}, "Request"), half(a.request), el("details", {}, el("summary", {}, "Body as sent"), body(a.request.body, a.request.body_base64)),
    a.response ? [el("h4", {}, "Answer"), half(a.response), body(a.response.body, a.response.body_base64)] : null);
}

function half(h) { return el("pre", { tabIndex: 0 }, h.line + "\n" + h.headers.map(([name, value]) => name + ": " + value).join("\n")); }

function explanation(e) {
  return el("details", {}, el("summary", {}, e.signed ? "The signature, step by step " : "Signature ", e.signed ? badge(e.matches ? "matches" : "differs") : null),
    el("ol", { className: "steps" }, e.steps.map((s) => el("li", {}, el("strong", {}, s.title), el("br"), s.text, s.value ? el("pre", { tabIndex: 0 }, s.value) : null))));
}
