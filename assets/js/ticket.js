// @ts-check
/* The phone page. The server has written every sentence; this script shows the
   ones that hold now and fills in the numbers. A classic script without modules
   and no younger syntax than ES2017: it must run on an old Android. */
(function () {
  'use strict';
  const body = document.body;
  const set = /** @type {Record<string, string>} */ (Object.assign({}, body.dataset));
  const id = set.id;
  const STALE_MS = 45000; // two heartbeats of 20 s and some slack
  const all = (/** @type {string} */ sel) => /** @type {HTMLElement[]} */ (Array.from(document.querySelectorAll(sel)));

  /** @type {any} */
  let doc = null; // the newest document; null while the server's own HTML holds
  /** @type {any} */
  let clock = null;
  let epoch = set.epoch, version = Number(set.version);
  let skew = set.at ? Date.parse(set.at) - Date.now() : 0; // of the server's clock
  let heard = Date.now(), lost = '', wait = 500;
  /** @type {WebSocket|null} */
  let socket = null;
  /** @type {AudioContext|null} */
  let audio = null;
  let rung = 0, ringing = 0;

  const serverNow = () => Date.now() + skew;

  /** @param {string|number|undefined|null} when */
  function hhmm(when) {
    if (!when) return '';
    try {
      if (!clock) clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: set.zone });
      return clock.format(new Date(when));
    } catch (e) {
      return String(when).slice(11, 16); // no zones in this browser: the hour as sent
    }
  }

  const round5 = (/** @type {number} */ ms) => Math.round(ms / 300000) * 300000;

  /** What holds now, as the words that data-when asks for. Mirrors pages/ticket.go. */
  function facts() {
    const t = doc.ticket, f = /** @type {Record<string, boolean>} */ ({});
    f[t.state] = true;
    if (t.ahead !== null) f[t.ahead === 0 ? 'n0' : t.ahead === 1 ? 'n1' : 'nn'] = true;
    f.near = t.ahead !== null && t.ahead <= 2;
    f.eta = !!t.eta;
    f[doc.open_counters === 0 ? 'open0' : doc.open_counters === 1 ? 'open1' : 'openn'] = true;
    f.pause = !!doc.pause;
    f.until = !!(doc.pause && doc.pause.until);
    f.trouble = !!doc.trouble;
    if (doc.moved) f[doc.moved.by === 1 ? 'moved1' : 'movedn'] = true;
    f.again = (t.calls || 0) > 1;
    f.prio = !!t.priority;
    f.due = !!t.due_at;
    f.late = !!t.booked_at && !t.due_at;
    f.restore = t.state === 'cancelled' && !!t.restore_by && serverNow() < Date.parse(t.restore_by);
    f.back = t.state === 'missed' && (!t.return_by || serverNow() < Date.parse(t.return_by));
    f.stale = !!lost;
    return f;
  }

  /** @param {Record<string, boolean>} f @param {string} when */
  function holds(f, when) {
    return when.split(' ').every((w) => w[0] === '!' ? !f[w.slice(1)] : w.split('|').some((x) => f[x]));
  }

  /** @param {string} name @param {string|number} value */
  function fill(name, value) {
    for (const el of all('[data-f="' + name + '"]')) {
      if (el.textContent !== String(value)) el.textContent = String(value);
    }
  }

  function show() {
    if (lost) body.setAttribute('data-stale', ''); else body.removeAttribute('data-stale');
    fill('since', hhmm(lost));
    if (!doc) {
      for (const el of all('[data-when]')) {
        const when = el.getAttribute('data-when') || '';
        if (when === 'stale') el.hidden = !lost;
      }
      return;
    }
    const t = doc.ticket, f = facts(), words = (set.times || '').split('|');
    fill('number', t.number);
    all('.big')[0].className = 'big' + (t.number.length > 5 ? ' huge' : t.number.length > 4 ? ' long' : '');
    fill('n', t.ahead === null ? '' : t.ahead);
    fill('open', doc.open_counters);
    fill('counter', t.counter || '');
    fill('calls', words[Math.max(t.calls || 1, 1) - 1] || t.calls);
    fill('return_by', hhmm(t.return_by));
    fill('restore_by', hhmm(t.restore_by));
    fill('ended', hhmm(t.ended_at));
    fill('at', hhmm(doc.at));
    fill('moved', doc.moved ? doc.moved.by : '');
    if (doc.pause) {
      fill('reason', doc.pause.reason);
      fill('until', hhmm(doc.pause.until));
    }
    if (t.eta) {
      const at = Date.parse(doc.at), from = hhmm(round5(at + t.eta.p50_s * 1000));
      fill('eta', from);
      fill('range', from + '–' + hhmm(round5(at + t.eta.p90_s * 1000)));
    }
    body.setAttribute('data-state', t.state);
    for (const el of all('[data-when]')) el.hidden = !holds(f, el.getAttribute('data-when') || '');
    const called = t.state === 'called' && !lost;
    document.title = called ? (set.called || '').replace('{number}', t.number).replace('{counter}', t.counter) : t.number;
    const theme = document.querySelector('meta[name=theme-color]');
    if (theme) theme.setAttribute('content', called ? '#f7c533' : '#fbf9f4');
    ring(called ? t.call || 1 : 0);
  }

  /** A page may buzz only after it was touched, and browsers complain when it tries before. */
  function touched() {
    const a = navigator.userActivation;
    return !a || a.hasBeenActive;
  }

  /** Rings once a call, three times over, and stops when the visit starts. @param {number} call */
  function ring(call) {
    if (!call || call === rung) {
      if (!call) { clearInterval(ringing); rung = 0; }
      return;
    }
    rung = call;
    clearInterval(ringing);
    let left = 3;
    const once = () => {
      if (left-- <= 0) { clearInterval(ringing); return; }
      if (navigator.vibrate && touched()) navigator.vibrate([500, 200, 500, 200, 900]);
      if (audio) [0, 0.35, 0.7].forEach((s, i) => tone(s, [660, 880, 1100][i]));
    };
    once();
    ringing = window.setInterval(once, 5000);
  }

  /** @param {number} after @param {number} hertz */
  function tone(after, hertz) {
    if (!audio) return;
    const o = audio.createOscillator(), g = audio.createGain(), at = audio.currentTime + after;
    o.frequency.value = hertz;
    g.gain.setValueAtTime(0.0001, at);
    g.gain.exponentialRampToValueAtTime(0.5, at + 0.03);
    g.gain.exponentialRampToValueAtTime(0.0001, at + 0.33);
    o.connect(g);
    g.connect(audio.destination);
    o.start(at);
    o.stop(at + 0.34);
  }

  /** @param {boolean} on */
  function live(on) {
    const el = document.querySelector('.live');
    if (!el) return;
    /** @type {HTMLElement} */ (el.querySelector('[data-on]')).hidden = !on;
    /** @type {HTMLElement} */ (el.querySelector('[data-off]')).hidden = on;
  }

  /** @param {any} m */
  function take(m) {
    heard = Date.now();
    if (m.heartbeat) {
      skew = Date.parse(m.heartbeat) - Date.now();
      lost = m.stale_since || '';
      live(!lost);
      return show();
    }
    if (m.epoch === epoch && m.version <= version && doc) return;
    doc = m;
    epoch = m.epoch;
    version = m.version;
    lost = '';
    live(true);
    show();
  }

  function connect() {
    const query = '?view=ticket&id=' + encodeURIComponent(id) +
      (epoch ? '&epoch=' + encodeURIComponent(epoch) + '&version=' + version : '');
    const s = new WebSocket(location.protocol.replace('http', 'ws') + '//' + location.host + '/ws/v1' + query);
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
  }

  setInterval(() => {
    if (!lost && Date.now() - heard > STALE_MS) {
      lost = new Date(heard + skew).toISOString();
      live(false);
      if (socket) socket.close();
    }
    show();
  }, 1000);

  /** @param {string} verb @param {HTMLButtonElement} button */
  function act(verb, button) {
    const fault = /** @type {HTMLElement} */ (document.getElementById('fault'));
    const key = Date.now().toString(36) + Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2);
    fault.hidden = true;
    button.disabled = true;
    /** @type {(left: number) => Promise<Response>} */
    const send = (left) => fetch('/api/v1/tickets/' + id + '/' + verb, {
      method: 'POST', credentials: 'same-origin', body: '{}',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
    }).catch((err) => {
      if (!left) throw err;
      return new Promise((done) => setTimeout(done, 1500)).then(() => send(left - 1));
    });
    send(2).then((r) => {
      if (!r.ok) throw new Error(String(r.status));
      return r.json();
    }).then((ticket) => {
      if (doc) { doc.ticket = ticket; show(); } else location.reload();
    }).catch(() => { fault.hidden = false; }).then(() => { button.disabled = false; });
  }

  /** Sound needs one touch of the person, and the screen is asked to stay awake. @param {HTMLElement} button */
  function alertOn(button) {
    const w = /** @type {any} */ (window), n = /** @type {any} */ (navigator);
    const Audio = w.AudioContext || w.webkitAudioContext;
    if (Audio && !audio) audio = new Audio();
    if (audio) { audio.resume(); tone(0, 880); }
    if (n.vibrate) n.vibrate(200);
    if (n.wakeLock) n.wakeLock.request('screen').catch(() => {});
    button.classList.add('on');
    /** @type {HTMLElement} */ (button.querySelector('[data-on]')).hidden = false;
    /** @type {HTMLElement} */ (button.querySelector('[data-off]')).hidden = true;
  }

  document.addEventListener('click', (e) => {
    const at = /** @type {Element} */ (e.target), b = at.closest ? at.closest('[data-do]') : null;
    if (!b) return;
    const verb = b.getAttribute('data-do') || '';
    if (verb === 'alert') alertOn(/** @type {HTMLElement} */ (b));
    else act(verb, /** @type {HTMLButtonElement} */ (b));
  });
  document.addEventListener('visibilitychange', () => { if (!document.hidden) hurry(); });
  window.addEventListener('online', hurry);
  for (const el of all('.acts')) el.hidden = false;
  if ('WebSocket' in window) connect();
})();
