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
  event.target.closest('form')?.querySelector('[data-cancel]')?.click();
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

// Live parts. The server sends an element's HTML by its id. None is replaced that a person is in: focus, selection, an open fold, a form.
const page = document.body.dataset.live;
const waiting = new Map();
const painted = new Map();
let stream, asOf, heard, retry, wait = 1000;

function isHeld(element) {
  const selection = getSelection();
  return element.contains(document.activeElement) || element.matches('details[open]') || element.querySelector('details[open], form')
    || (!selection.isCollapsed && selection.containsNode(element, true)) || (element.matches('[data-calm]') && element.matches(':hover'))
    || (element.matches('[data-still]') && document.querySelector('main table:is(:hover, :focus-within)'));
}

function announce(text) {
  const toast = document.createElement('div');
  toast.className = 'toast';
  toast.setAttribute('role', 'status');
  document.body.append(toast);
  toast.textContent = text;
  const leave = () => toast.matches(':hover') ? setTimeout(leave, 1000) : toast.remove();
  setTimeout(leave, 6000);
}

// False: it is held, or parts of it are, and stays to be painted.
function paint(id, html) {
  const old = document.getElementById(id);
  const template = document.createElement('template');
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  if (!old || !fresh || old.isEqualNode(fresh)) return true;
  if (id === 'newer' && old.dataset.last === fresh.dataset.last) return true;
  if (id === 'verdict') {
    old.textContent = fresh.textContent;
    return true;
  }
  if (!isHeld(old)) {
    for (const machine of fresh.querySelectorAll('article.machine[id]')) {
      if (!document.getElementById(machine.id)) announce(`New machine: ${machine.querySelector('h3').textContent.trim()}`);
    }
    old.replaceWith(fresh);
    return true;
  }
  if (old.matches('[data-calm]')) return false;
  for (const part of fresh.querySelectorAll('[id]')) {
    const there = document.getElementById(part.id);
    if (there && there !== part && old.contains(there) && !there.isEqualNode(part) && !isHeld(there)) there.replaceWith(part);
  }
  return false;
}

function paintAll() {
  const now = Date.now();
  for (const [id, html] of waiting) {
    const pace = id === 'verdict' ? 10000 : document.getElementById(id)?.matches('[data-calm]') ? 5000 : 900;
    if (now - (painted.get(id) ?? 0) < pace) continue;
    painted.set(id, now);
    if (paint(id, html)) waiting.delete(id);
  }
  if (stream && asOf && now - heard > 5000) tell('half', `Reconnecting, figures from ${asOf}`);
}

const signs = {
  live: '<circle cx="5" cy="5" r="3"/>',
  half: '<circle cx="5" cy="5" r="3.6"/><path class="in" d="M5 1.4a3.6 3.6 0 0 1 0 7.2z"/>',
};

function tell(sign, text) {
  const state = document.getElementById('live');
  if (!state || state.textContent === text) return;
  state.innerHTML = `<svg class="st st-${sign}" viewBox="0 0 10 10" aria-hidden="true">${signs[sign]}</svg>`;
  state.append(text);
}

function open() {
  stream = new EventSource(`/live?page=${page}`);
  stream.onmessage = event => {
    const { at, parts } = JSON.parse(event.data);
    [asOf, heard, wait] = [at, Date.now(), 1000];
    for (const id in parts) waiting.set(id, parts[id]);
    tell('live', 'Live');
    document.getElementById('live').title = `Last event ${at}`;
    paintAll();
  };
  stream.addEventListener('end', () => {
    close();
    tell('half', `Signed out, figures from ${asOf}`);
  });
  stream.onerror = () => {
    if (stream.readyState !== EventSource.CLOSED) return;
    retry = setTimeout(open, wait);
    wait = Math.min(2 * wait, 60000);
  };
}

function close() {
  stream?.close();
  clearTimeout(retry);
  stream = null;
}

if (page) {
  setInterval(paintAll, 1000);
  document.addEventListener('visibilitychange', () => document.hidden ? close() : stream || open());
  addEventListener('pagehide', close);
  addEventListener('pageshow', () => stream || document.hidden || open());
}
