// Everything here is optional: pages work without it. It copies, closes menus, tells the server the time zone, fills snippets, and
// keeps live parts up to date.
'use strict';

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`polydev-zone=${encodeURIComponent(zone)}`)) {
  document.cookie = `polydev-zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
}

const openMenus = () => document.querySelectorAll('details.menu[open], details.more[open]');

async function copy(button) {
  const source = button.matches('[data-copy]')
    ? button.parentElement.querySelector('output, code')
    : [...button.closest('.code').querySelectorAll('pre')].find(pre => pre.offsetParent);
  await navigator.clipboard.writeText(source.textContent.trim());
  const label = button.querySelector('span');
  label.textContent = 'Copied';
  label.setAttribute('role', 'status');
  setTimeout(() => {
    label.textContent = 'Copy';
    label.removeAttribute('role');
  }, 2000);
}

document.addEventListener('click', event => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const button = event.target.closest('[data-copy], [data-copy-code]');
  if (button) copy(button);
});

document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  for (const menu of openMenus()) {
    const held = menu.contains(document.activeElement);
    menu.open = false;
    if (held) menu.querySelector('summary').focus();
  }
});

// What is pasted or chosen goes into the snippets of this tab, and nowhere else.
document.addEventListener('input', event => {
  const { dataset, value, placeholder } = event.target;
  if (!dataset.fills) return;
  for (const place of document.querySelectorAll(`[data-fill="${dataset.fills}"]`)) place.textContent = value.trim() || placeholder;
});
