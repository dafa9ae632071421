// @ts-check
// One connection to a view, for as long as the page lives.
//
// Promises: a page always holds the newest whole document it has seen; it never goes back to an
// older one within an epoch; it knows within five seconds (45 for a ticket) that what it shows may
// be old, and since when; it comes back by itself, however long the server is away.
import { signal, batch } from './dom.js';
import { heard, atLeast, nowMs } from './time.js';

/** @typedef {import('./dom.js').Signal<any>} Any */
/**
 * @typedef {object} Source
 * @property {Any} data the newest document, null before the first
 * @property {import('./dom.js').Signal<boolean>} stale what is shown may be old
 * @property {import('./dom.js').Signal<string | null>} since since when (RFC 3339), null when never connected
 * @property {import('./dom.js').Signal<boolean>} connected
 * @property {import('./dom.js').Signal<{code: string, detail: string, status: number} | null>} error why
 *   the server refuses the connection
 * @property {() => void} close
 */

const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 8_000;
const CONNECT_MS = 8_000;

/** @returns {Source} */
function empty() {
  return {
    data: signal(/** @type {any} */ (null)),
    stale: signal(false),
    since: signal(/** @type {string | null} */ (null)),
    connected: signal(false),
    error: signal(/** @type {any} */ (null)),
    close() {},
  };
}

/**
 * @param {Record<string, string | number | undefined>} params view, center, id, counter
 * @returns {Source}
 */
export function watch(params) {
  const source = empty();
  const quietMs = params.view === 'ticket' ? 45_000 : 5_000;
  /** @type {WebSocket | null} */
  let socket = null;
  let closed = false;
  let failures = 0;
  let lastSign = 0; // performance.now() of the last message
  let lastSignAt = 0; // the same instant by the server's clock
  /** @type {string | null} */
  let upstream = null; // since when the sender itself is cut off
  /** @type {any} */
  let retry = 0;
  const begun = performance.now();

  function address() {
    const url = new URL('/ws/v1', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    for (const [k, v] of Object.entries(params)) if (v !== undefined && v !== '') url.searchParams.set(k, String(v));
    const doc = source.data.peek();
    if (doc) {
      url.searchParams.set('epoch', doc.epoch);
      url.searchParams.set('version', String(doc.version));
    }
    return url;
  }

  function connect() {
    clearTimeout(retry);
    if (closed) return;
    const mine = new WebSocket(address());
    socket = mine;
    let opened = false;
    const patience = setTimeout(() => mine.close(), CONNECT_MS);
    mine.onopen = () => {
      opened = true;
      clearTimeout(patience);
    };
    mine.onmessage = (ev) => {
      if (mine !== socket) return;
      failures = 0;
      take(String(ev.data));
    };
    mine.onclose = () => {
      clearTimeout(patience);
      if (mine !== socket || closed) return;
      socket = null;
      source.connected.value = false;
      if (!opened) probe();
      again();
    };
  }

  function again() {
    const most = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** failures++);
    retry = setTimeout(connect, most * (0.5 + Math.random() / 2));
  }

  // A browser does not say why a handshake was refused; the same address asked as a plain page does.
  async function probe() {
    const url = address();
    url.protocol = location.protocol;
    try {
      const answer = await fetch(url, { headers: { Accept: 'application/problem+json' }, cache: 'no-store' });
      if (![401, 403, 404, 503].includes(answer.status)) return;
      const p = await answer.json();
      if (!closed && !source.connected.peek()) {
        source.error.value = { code: p.code ?? '', detail: p.detail ?? '', status: answer.status };
      }
    } catch {
      // Away altogether: the staleness says that.
    }
  }

  /** @param {string} words */
  function take(words) {
    let doc;
    try {
      doc = JSON.parse(words);
    } catch {
      return;
    }
    batch(() => {
      lastSign = performance.now();
      source.connected.value = true;
      source.error.value = null;
      if (doc.heartbeat) {
        heard(doc.heartbeat);
        upstream = doc.stale_since ?? null;
      } else if (typeof doc.version === 'number') {
        atLeast(doc.at);
        const old = source.data.peek();
        if (!old || old.epoch !== doc.epoch || doc.version > old.version) source.data.value = doc;
      }
      lastSignAt = nowMs();
      judge();
    });
  }

  function judge() {
    const quiet = performance.now() - (lastSign || begun) > quietMs;
    source.stale.value = quiet || upstream !== null;
    if (!source.stale.value) source.since.value = null;
    else if (upstream) source.since.value = upstream;
    else source.since.value = lastSignAt ? new Date(lastSignAt).toISOString() : null;
    return quiet;
  }

  // A connection that says nothing may be half open: drop it and make another.
  const watchdog = setInterval(() => {
    const quiet = judge();
    if (quiet && socket && socket.readyState === WebSocket.OPEN) reconnect();
  }, 500);

  function reconnect() {
    const old = socket;
    socket = null;
    old?.close();
    source.connected.value = false;
    failures = Math.max(failures, 1);
    clearTimeout(retry);
    again();
  }

  function awake() {
    if (document.visibilityState === 'hidden') return;
    if (socket && socket.readyState <= WebSocket.OPEN && performance.now() - lastSign < quietMs) return;
    const old = socket;
    socket = null;
    old?.close();
    failures = 0;
    connect();
  }
  document.addEventListener('visibilitychange', awake);
  addEventListener('online', awake);
  addEventListener('pageshow', awake);

  source.close = () => {
    closed = true;
    clearTimeout(retry);
    clearInterval(watchdog);
    document.removeEventListener('visibilitychange', awake);
    removeEventListener('online', awake);
    removeEventListener('pageshow', awake);
    socket?.close();
  };
  connect();
  return source;
}

/**
 * A source that stands still, for the gallery.
 * @param {{doc: any, stale?: boolean, since?: string | null, error?: any}} fixture
 * @returns {Source}
 */
export function still(fixture) {
  const source = empty();
  source.data.value = fixture.doc ?? null;
  source.stale.value = !!fixture.stale;
  source.since.value = fixture.since ?? null;
  source.error.value = fixture.error ?? null;
  source.connected.value = !fixture.stale && !!fixture.doc;
  return source;
}
