// Single keys, for hands that stay on the keyboard. They can be switched off, and are silent while one types.

const keys = {
  j: () => step(1),
  k: () => step(-1),
  r: async () => {
    if (!chosen) return;
    await call("POST", "/deliveries/" + chosen + "/replay");
    await choose(chosen);
  },
  f: async () => { await go("deliveries"); $("filter-status").focus(); },
  "?": () => { $("keys").open = !$("keys").open; if ($("keys").open) $("keys").scrollIntoView(); },
};

// step chooses the delivery below or above the chosen one.
async function step(by) {
  await go("deliveries");
  const list = [...shown.keys()].sort((a, b) => b - a);
  if (list.length === 0) return;
  const at = list.indexOf(chosen);
  const next = list[at < 0 ? 0 : Math.min(Math.max(at + by, 0), list.length - 1)];
  await choose(next);
  $("delivery-" + next).focus();
}

// go shows a section now, not only when the browser gets to it.
async function go(section) {
  if (!$(section).hidden) return;
  location.hash = section;
  await show();
}

function pressed(e) {
  if (!$("keys-on").checked || e.ctrlKey || e.altKey || e.metaKey || e.target.closest("input, select, textarea")) return;
  const sections = [...document.querySelectorAll("nav a")];
  const work = keys[e.key] || (sections[e.key - 1] && (() => { location.hash = sections[e.key - 1].hash; }));
  if (!work) return;
  e.preventDefault();
  attempt(work);
}
