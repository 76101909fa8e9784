// Pictures and tables can be taken along: the picture as it is seen, the table as comma-separated values.
const offer = (place, says, name, kind, text) => {
  const box = document.createElement('div');
  const button = document.createElement('button');
  box.className = 'save';
  button.type = 'button';
  button.textContent = says;
  button.addEventListener('click', () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text()], { type: kind }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  });
  box.append(button);
  place.append(box);
};
const named = (element, end) => {
  const title = element.closest('section')?.querySelector('h2')?.textContent ?? document.title;
  return `${title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')}.${end}`;
};
for (const figure of document.querySelectorAll('figure')) {
  offer(figure, 'Save the picture', named(figure, 'svg'), 'image/svg+xml', () => {
    const shown = [...figure.querySelectorAll('svg')].find((svg) => svg.getClientRects().length > 0);
    const theme = getComputedStyle(document.documentElement);
    const copy = shown.cloneNode(true);
    copy.setAttribute('style', 'background: var(--panel, #fff)');
    return new XMLSerializer()
      .serializeToString(copy)
      .replace(/var\((--[a-z]+), [^)]*\)/g, (_, property) => theme.getPropertyValue(property).trim());
  });
}
for (const wide of document.querySelectorAll('.wide')) {
  const cell = (one) => `"${one.innerText.trim().replaceAll('"', '""')}"`;
  const box = document.createElement('div');
  wide.after(box);
  offer(box, 'Save the table', named(wide, 'csv'), 'text/csv', () =>
    [...wide.querySelectorAll('tr')].map((row) => [...row.cells].map(cell).join(',')).join('\r\n'),
  );
}
