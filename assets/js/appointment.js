// @ts-check
/* The phone page of an appointment. The server has written every sentence of it; this
   script asks for the page again when another would be written: when the appointment
   became a ticket or was given back, and when its hour comes. As plain as the page of
   a ticket, for the same old phones. */
(function () {
  'use strict';
  const body = document.body;
  const set = /** @type {Record<string, string>} */ (Object.assign({}, body.dataset));
  const STALE_MS = 45000, LEAST_MS = 5000, MOST_MS = 6 * 3600 * 1000;
  const skew = set.at ? Date.parse(set.at) - Date.now() : 0; // of the server's clock
  const el = (/** @type {string} */ sel) => /** @type {HTMLElement} */ (document.querySelector(sel));
  let heard = Date.now(), wait = 500;
  /** @type {WebSocket|null} */
  let socket = null;

  /** @param {boolean} on */
  function live(on) {
    el('[data-on]').hidden = !on;
    el('[data-off]').hidden = on;
    el('#band').hidden = on || Date.now() - heard < STALE_MS;
    if (el('#band').hidden) body.removeAttribute('data-stale'); else body.setAttribute('data-stale', '');
  }

  /** @param {any} m */
  function take(m) {
    heard = Date.now();
    live(!m.stale_since);
    if (m.ticket || (m.appointment && m.appointment.state !== set.was)) location.reload();
  }

  function connect() {
    const s = new WebSocket(location.protocol.replace('http', 'ws') + '//' + location.host + '/ws/v1?view=ticket&id=' + encodeURIComponent(set.id));
    socket = s;
    s.onmessage = (e) => { wait = 500; take(JSON.parse(e.data)); };
    s.onclose = () => {
      if (socket !== s) return;
      socket = null;
      live(false);
      setTimeout(() => { if (!socket) connect(); }, wait * (0.5 + Math.random()));
      wait = Math.min(wait * 2, 15000);
    };
  }

  /** Tries again at once, as after the phone wakes or finds its network. */
  function hurry() {
    wait = 500;
    if (!socket) connect();
    else if (Date.now() - heard > 25000) socket.close();
    turn();
  }

  /** The hour for which another page would be written. A page that cannot be had now is kept. */
  function turn() {
    if (!set.next || Date.parse(set.next) > Date.now() + skew) return;
    fetch(location.href, { method: 'HEAD', cache: 'no-store' }).then((r) => { if (r.ok) location.reload(); }).catch(() => {});
  }
  if (set.next) setTimeout(() => { turn(); setInterval(turn, 30000); }, Math.min(Math.max(Date.parse(set.next) - Date.now() - skew, LEAST_MS), MOST_MS));

  setInterval(() => {
    if (Date.now() - heard > STALE_MS) {
      live(false);
      if (socket) socket.close();
    }
  }, 1000);

  document.addEventListener('click', (e) => {
    const at = /** @type {Element} */ (e.target), b = /** @type {HTMLButtonElement|null} */ (at.closest ? at.closest('[data-do]') : null);
    if (!b) return;
    b.disabled = true;
    el('#fault').hidden = true;
    fetch('/api/v1/appointments/' + set.id + '/cancel', { method: 'POST', credentials: 'same-origin', body: '{}', headers: { 'Content-Type': 'application/json' } })
      .then((r) => { if (!r.ok) throw new Error(String(r.status)); location.reload(); })
      .catch(() => { b.disabled = false; el('#fault').hidden = false; });
  });
  document.addEventListener('visibilitychange', () => { if (!document.hidden) hurry(); });
  window.addEventListener('online', hurry);
  const acts = document.querySelector('.acts');
  if (acts) /** @type {HTMLElement} */ (acts).hidden = false;
  if ('WebSocket' in window) connect();
})();
