// A small chart of the last minute, drawn from what the page has seen.

const seconds = 60;
const history = { good: new Map(), bad: new Map() }; // second → attempts
const before = new Map(); // delivery → attempts seen

function count(d) {
  const seen = before.get(d.id) || 0;
  before.set(d.id, d.attempts);
  if (before.size > 10000) before.delete(before.keys().next().value);
  if (d.attempts <= seen || d.status === "captured") return;
  const series = d.status === "delivered" ? history.good : history.bad;
  const now = Math.floor(Date.now() / 1000);
  series.set(now, (series.get(now) || 0) + d.attempts - seen);
}

function drawChart() {
  const now = Math.floor(Date.now() / 1000);
  for (const series of Object.values(history)) for (const at of series.keys()) if (at < now - seconds) series.delete(at);
  const values = (series) => Array.from({ length: seconds }, (_, i) => series.get(now - seconds + 1 + i) || 0);
  const good = values(history.good), bad = values(history.bad), top = Math.max(1, ...good, ...bad);
  const points = (list) => list.map((v, i) => (i * 600 / (seconds - 1)).toFixed(1) + "," + (76 - v * 70 / top).toFixed(1)).join(" ");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const shape = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    svg.append(made);
    return made;
  };
  svg.setAttribute("viewBox", "0 0 600 80");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", sum(good) + " attempts acknowledged and " + sum(bad) + " failed in the last minute, at most " + top + " a second");
  shape("line", { class: "axis", x1: 0, x2: 600, y1: 76, y2: 76 });
  shape("polyline", { class: "series series-2", points: points(good) });
  shape("polyline", { class: "series series-1", points: points(bad) });
  fill($("chart"), svg);
}
