// @ts-check
// Requests to the API. A command carries one Idempotency-Key however often it is sent, so a retry
// after a lost answer never does a thing twice.

/** A refusal (RFC 9457), or code "network" when no answer came. */
export class ApiError extends Error {
  /**
   * @param {string} code
   * @param {string} detail
   * @param {number} status
   * @param {Record<string, any>} more further members of the problem
   */
  constructor(code, detail, status, more) {
    super(detail || code);
    this.name = 'ApiError';
    this.code = code;
    this.detail = detail;
    this.status = status;
    this.more = more;
  }
}

const LIMIT_MS = 10_000;
const TRIES = 4; // the first and three more
const ONE_TRY_MS = 5_000;

/**
 * @param {string} path below the origin, "/api/v1/…"
 * @param {any} [body]
 * @param {{key?: string, tries?: number, limit?: number}} [options] key: the same for the same action;
 *   limit: milliseconds for one try
 * @returns {Promise<any>} the parsed answer, null when it has no body
 */
export async function post(path, body = {}, { key = newKey(), tries = TRIES, limit = ONE_TRY_MS } = {}) {
  const begun = performance.now();
  for (let n = 1; ; n++) {
    try {
      return await send('POST', path, body, key, limit);
    } catch (err) {
      if (!(err instanceof ApiError) || n >= tries || !mayRetry(err)) throw err;
      const wait = Math.min(Number(err.more.retry_after_s) * 1000 || 250 * 2 ** n, 2_000);
      if (performance.now() - begun + wait > LIMIT_MS) throw err;
      await new Promise((done) => setTimeout(done, wait * (0.75 + Math.random() / 2)));
    }
  }
}

/** @param {string} path */
export function get(path) {
  return send('GET', path);
}

/** @param {string} path */
export function del(path) {
  return send('DELETE', path);
}

/** @param {ApiError} err */
function mayRetry(err) {
  return err.code === 'network' || err.code === 'busy';
}

/**
 * @param {string} method
 * @param {string} path
 * @param {any} [body]
 * @param {string} [key]
 * @param {number} [limit]
 */
async function send(method, path, body, key, limit = ONE_TRY_MS) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  let answer, words;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), limit);
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: stop.signal,
    });
    words = await answer.text();
  } catch {
    throw new ApiError('network', '', 0, {});
  } finally {
    clearTimeout(timer);
  }
  const parsed = parse(words);
  if (answer.ok) return parsed;
  const { type, title, status, detail, code, ...more } = parsed && typeof parsed === 'object' ? parsed : {};
  const after = Number(answer.headers.get('Retry-After'));
  if (after > 0) more.retry_after_s = after;
  // A proxy in front may answer for a server that is away; that is the network's fault too.
  const fallback = answer.status === 502 || answer.status === 504 ? 'network' : 'internal';
  throw new ApiError(code || fallback, detail || title || '', answer.status, more);
}

/** @param {string} words */
function parse(words) {
  if (!words) return null;
  try {
    return JSON.parse(words);
  } catch {
    return null;
  }
}

/** A fresh key for one action. crypto.randomUUID is missing on plain http in the hall's network. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 80 random bits as 16 characters: a ticket's id, made by whoever issues it. */
export function newTicketId() {
  let bits = 0;
  let held = 0;
  let id = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(10))) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 5) {
      held -= 5;
      id += CROCKFORD[(bits >> held) & 31];
    }
    bits &= (1 << held) - 1;
  }
  return id;
}
