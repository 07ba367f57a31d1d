// Every word must stand in the title, the link or the text; titles count before texts.
const box = document.querySelector('#search');
const list = document.querySelector('#results');
const count = document.querySelector('#count');

function search() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = ({ t, l, x }) => {
    const title = t.toLowerCase();
    const all = `${title} ${l} ${x}`.toLowerCase();
    if (!words.every((word) => all.includes(word))) return 0;
    if (words.some((word) => title === word || title.endsWith('/' + word))) return 3;
    return words.every((word) => title.includes(word)) ? 2 : 1;
  };
  const found = words.length === 0 ? [] : index.map((entry) => ({ entry, rank: rank(entry) })).filter((hit) => hit.rank > 0);
  found.sort((a, b) => b.rank - a.rank);
  list.replaceChildren(...found.slice(0, 100).map(({ entry }) => {
    const item = document.createElement('li');
    const link = document.createElement('a');
    link.href = entry.l;
    link.textContent = entry.t || '(root)';
    item.append(link, ' ', Object.assign(document.createElement('span'), { className: 'faint', textContent: entry.x }));
    return item;
  }));
  count.textContent = words.length === 0 ? '' : `${found.length} found`;
}

box.addEventListener('input', search);
addEventListener('hashchange', fromLink);
function fromLink() {
  try {
    box.value = decodeURIComponent(location.hash.slice(1));
  } catch {
    box.value = location.hash.slice(1);
  }
  search();
}
fromLink();
box.focus();
