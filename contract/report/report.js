"use strict";
const verdict = document.getElementById("verdict");
const search = document.getElementById("search");
const rows = [...document.querySelectorAll("#results tbody tr")];
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const fits = (!verdict.value || row.dataset.verdict === verdict.value) && words.every((word) => row.dataset.search.includes(word));
    row.hidden = !fits;
    if (fits) shown++;
  }
  document.getElementById("shown").textContent = shown + " of " + rows.length;
}
verdict.addEventListener("input", filter);
search.addEventListener("input", filter);
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
filter();
