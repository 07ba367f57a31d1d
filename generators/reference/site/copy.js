// Copies a piece of code, and leads the search box to the search page.
for (const button of document.querySelectorAll('button[data-copy]')) {
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector('pre').textContent);
    button.textContent = 'Copied';
  });
}
document.querySelector('#search')?.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') location.href = `${event.target.dataset.root}search.html#${encodeURIComponent(event.target.value)}`;
});
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
    event.preventDefault();
    document.querySelector('#search')?.focus();
  }
});
