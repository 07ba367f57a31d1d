// What happens when.

const sections = {
  deliveries: loadDeliveries, trigger: async () => { if (!event) await chooseEvent(); }, journeys: loadJourneys, subscriptions: loadSubscriptions,
  faults: loadFaults, clock: loadClock, sessions: loadSessions,
};

// show shows the section that the address names.
async function show() {
  const name = location.hash.slice(1) in sections ? location.hash.slice(1) : "deliveries";
  for (const id of Object.keys(sections)) $(id).hidden = id !== name;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === "#" + name) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  await sections[name]();
}

function update(u) {
  const visibleNow = (id) => !$(id).hidden;
  switch (u.kind) {
    case "delivery": count(u.delivery); changed(u.delivery); break;
    case "subscription": attempt(loadSubscriptions); break;
    case "stream": if (visibleNow("journeys")) attempt(loadStreams); break;
    case "fault": if (visibleNow("faults")) attempt(loadFaults); break;
    case "clock": attempt(loadClock); break;
    case "reset": chosen = 0; fill($("detail"), el("p", { className: "faint" }, "The session was reset.")); attempt(loadAll); break;
    case "lagged": attempt(loadDeliveries); break;
  }
}

async function loadAll() {
  await Promise.all([loadDeliveries(), loadSubscriptions(), loadClock()]);
}

function wire() {
  addEventListener("hashchange", () => attempt(show));
  addEventListener("keydown", pressed);
  $("filter").addEventListener("change", () => attempt(loadDeliveries));
  $("filter").addEventListener("submit", (e) => e.preventDefault());
  $("older").addEventListener("click", () => attempt(loadOlder));
  $("replay-dead").addEventListener("click", () => attempt(async () => { await call("POST", "/deliveries/replay", { status: "dead" }); await loadDeliveries(); }));
  $("trigger-event").addEventListener("change", () => attempt(chooseEvent));
  $("trigger-example").addEventListener("click", () => { $("trigger-body").value = JSON.stringify(event.message, null, 2); });
  submitted("trigger-form", sendTrigger);
  submitted("stream-form", async () => { await call("POST", "/streams", { rate: Number($("stream-rate").value) }); await loadStreams(); });
  submitted("subscribe-form", subscribe);
  submitted("fault-form", addFault);
  $("clock-freeze").addEventListener("click", () => attempt(async () => showClock(await call("PATCH", "/clock", { frozen: $("clock-freeze").dataset.frozen !== "true" }))));
  submitted("advance-form", async () => showClock(await call("POST", "/clock/advance", { by: $("advance-by").value })));
  submitted("speed-form", async () => showClock(await call("PATCH", "/clock", { speed: Number($("speed").value) })));
  submitted("session-form", addSession);
  submitted("token-form", async () => { sessionStorage.setItem("hookrig-token", $("token").value); $("token-form").hidden = true; await begin(); });
}

async function begin() {
  if (!provider) await loadProvider();
  await loadAll();
  await show();
}

wire();
attempt(begin);
follow(update, (on) => {
  $("connection").textContent = on ? "live" : "not connected";
  $("connection").className = "badge " + (on ? "pass" : "fail");
  if (on && provider) attempt(loadAll);
});
drawChart();
setInterval(drawChart, 1000);
setInterval(() => { if (!document.hidden) loadClock().catch(() => {}); }, 5000);
