// @ts-check
// What the page of the screens knows and does: settings as they are set, as they are being changed,
// the files, and the one thing that can still be taken back. No drawing here.
import { signal, computed } from '../core/dom.js';
import { get, post, del, ApiError } from '../core/api.js';
import { errorText, t } from '../core/i18n.js';

/** @typedef {import('../display/settings.js').Message} Message */
/** @typedef {import('../display/settings.js').PlayItem} PlayItem */
/** @typedef {{hash: string, name: string, type: string, bytes: number}} File */
/** @typedef {{say: string, bad?: boolean, undo?: () => void}} Toast */

const TOAST_MS = 12_000;
/** How long a deleted file can be had back: until then it is only out of sight. */
const DELETE_MS = 10_000;

/** What holds where nothing is set; the server has the same. */
const DEFAULTS = { layout: 'counters', counter: 0, voice: { languages: ['vi', 'en'], repeats: 2, chime_only: false, off: false, quiet: [], volume: 80 }, ticker: [], playlist: [], care: { shift: true, dim: [], off: [] } };

/**
 * Settings over others: a field that says nothing is as the one below.
 * @param {any} own
 * @param {any} below
 * @returns {any}
 */
export function over(own, below) {
  /** @type {Record<string, any>} */
  const out = {};
  for (const key of Object.keys({ ...below, ...own })) {
    const a = own?.[key];
    const b = below?.[key];
    if (a && b && typeof a === 'object' && !Array.isArray(a)) out[key] = over(a, b);
    else out[key] = empty(a) ? b : a;
  }
  return out;
}

/**
 * The list that a dotted name leads to.
 * @param {any} settings
 * @param {string} name
 * @returns {any[]}
 */
export const listAt = (settings, name) => name.split('.').reduce((v, key) => v?.[key], settings) ?? [];

/**
 * Settings without the lists of these names.
 * @param {any} settings
 * @param {string[]} names
 */
function bare(settings, names) {
  const out = structuredClone(settings);
  for (const name of names) {
    const keys = name.split('.');
    const last = /** @type {string} */ (keys.pop());
    const of = keys.reduce((v, key) => v?.[key], out);
    if (of) of[last] = [];
  }
  return out;
}

/** @param {any} v */
function empty(v) {
  return v === undefined || v === null || v === '' || v === 0 || (Array.isArray(v) && v.length === 0);
}

/** @param {import('../core/page.js').Env} env */
export function createDesk(env) {
  const base = `/api/v1/centers/${env.center}`;
  const device = signal(/** @type {string} */ (env.ui.device ?? ''));
  const devices = signal(/** @type {any[]} */ (env.ui.devices ?? []));
  /** As it stands on the server, and as it is being changed. */
  const saved = signal(/** @type {any} */ (env.ui.own ?? {}));
  const draft = signal(/** @type {any} */ (env.ui.draft ?? env.ui.own ?? {}));
  const centre = signal(/** @type {any} */ (env.ui.centre ?? DEFAULTS));
  const files = signal(/** @type {{files: File[], used: number, limit: number}} */ (env.ui.files ?? { files: [], used: 0, limit: 0 }));
  const city = signal(/** @type {Message[] | null} */ (env.ui.city ?? null));
  const uploads = signal(/** @type {{name: string, part: number}[]} */ (env.ui.uploads ?? []));
  const toast = signal(/** @type {Toast | null} */ (env.ui.toast ? { ...env.ui.toast, undo: env.ui.toast.undo && (() => {}) } : null));
  const refused = signal(/** @type {ApiError | null} */ (env.ui.refused ? new ApiError(env.ui.refused, '', 403, {}) : null));
  const busy = signal(false);
  const ready = signal(env.frozen);
  const going = signal(/** @type {Set<string>} */ (new Set()));
  let timer = 0;

  const changed = computed(() => JSON.stringify(saved.value) !== JSON.stringify(draft.value));
  /** What the screen would show with the draft. */
  const effect = computed(() => over(draft.value, device.value ? bare(centre.value, draft.value.none ?? []) : DEFAULTS));

  /** @param {Toast | null} next */
  function say(next) {
    clearTimeout(timer);
    toast.value = next;
    if (next && !env.frozen) timer = setTimeout(() => (toast.value = null), TOAST_MS);
  }

  /** @param {unknown} err */
  function fail(err) {
    if (err instanceof ApiError) say({ say: errorText(err), bad: true });
    else throw err;
  }

  const path = (/** @type {string} */ id) => `${base}/display-settings${id ? `?device=${encodeURIComponent(id)}` : ''}`;

  /** @param {string} id "" is the centre's */
  async function pick(id) {
    if (env.frozen) return;
    try {
      const answer = await get(path(id));
      device.value = id;
      saved.value = draft.value = answer.own;
      if (!id) centre.value = answer.settings;
      refused.value = null;
      ready.value = true;
    } catch (err) {
      if (err instanceof ApiError && !ready.peek()) refused.value = err;
      else fail(err);
    }
  }

  async function open() {
    if (env.frozen) return;
    await pick('');
    if (refused.peek()) return;
    await Promise.all([
      get(`${base}/media`).then((v) => (files.value = v)).catch(fail),
      get(`/api/v1/devices?center=${env.center}`).then((v) => (devices.value = screens(v))).catch(() => {}),
      get('/api/v1/city/messages').then((v) => (city.value = v.messages)).catch(() => {}),
    ]);
  }

  /** @param {any} answer */
  function screens(answer) {
    const list = Array.isArray(answer) ? answer : (answer?.devices ?? []);
    return list.filter((/** @type {any} */ d) => d.role === 'display' && !d.revoked);
  }

  /**
   * @param {any} settings
   * @param {string} [words]
   */
  async function put(settings, words = t('displays.saved')) {
    const before = saved.peek();
    const id = device.peek();
    busy.value = true;
    try {
      const answer = await post(path(id), clean(settings));
      if (device.peek() === id) saved.value = draft.value = answer.own;
      if (!id) centre.value = answer.settings;
      say({ say: words, undo: () => void put(before, t('displays.undone')) });
    } catch (err) {
      fail(err);
    } finally {
      busy.value = false;
    }
  }

  /** @param {Record<string, any>} part */
  function change(part) {
    const next = { ...draft.peek(), ...part };
    // Who puts something in does not go without it.
    const none = (next.none ?? []).filter((/** @type {string} */ name) => !listAt(next, name).length);
    if (none.length) next.none = none;
    else delete next.none;
    draft.value = next;
  }

  /** @param {FileList | null} list */
  async function bring(list) {
    for (const file of list ?? []) {
      uploads.value = [...uploads.peek(), { name: file.name, part: 0 }];
      try {
        await upload(`${base}/media?name=${encodeURIComponent(file.name.slice(0, 120))}`, file, (part) => {
          uploads.value = uploads.peek().map((u) => (u.name === file.name ? { ...u, part } : u));
        });
        files.value = await get(`${base}/media`);
      } catch (err) {
        fail(err);
      }
      uploads.value = uploads.peek().filter((u) => u.name !== file.name);
    }
  }

  /**
   * The file goes out of sight at once, and for good when nobody has wanted it back.
   * @param {File} file
   */
  function drop(file) {
    going.value = new Set([...going.peek(), file.hash]);
    const back = () => (going.value = new Set([...going.peek()].filter((h) => h !== file.hash)));
    const end = setTimeout(async () => {
      try {
        files.value = await del(`${base}/media/${file.hash}`);
      } catch (err) {
        fail(err);
      }
      back();
    }, DELETE_MS);
    say({
      say: t('displays.deleted', { name: file.name }),
      undo: () => {
        clearTimeout(end);
        back();
        say(null);
      },
    });
  }

  /** @param {Message[]} messages */
  async function tellCity(messages) {
    const before = city.peek() ?? [];
    busy.value = true;
    try {
      city.value = (await post('/api/v1/city/messages', { messages })).messages;
      say({ say: t('displays.city.saved'), undo: () => void tellCity(before) });
    } catch (err) {
      fail(err);
    } finally {
      busy.value = false;
    }
  }

  return { device, devices, saved, draft, centre, effect, files, city, uploads, toast, refused, busy, ready, going, changed, say, pick, open, put, change, bring, drop, tellCity };
}

/** Takes out what was begun and left empty. @param {any} s */
function clean(s) {
  const said = (/** @type {Message} */ m) => m.text.vi.trim() !== '';
  const span = (/** @type {any} */ p) => p.from && p.to;
  return {
    ...s,
    ...(s.ticker && { ticker: s.ticker.filter(said) }),
    ...(s.voice?.quiet && { voice: { ...s.voice, quiet: s.voice.quiet.filter(span) } }),
    ...(s.care && { care: { ...s.care, dim: (s.care.dim ?? []).filter(span), off: (s.care.off ?? []).filter(span) } }),
  };
}

/**
 * Sends a file as it is and tells how far it has come, which fetch cannot.
 * @param {string} path
 * @param {globalThis.File} file
 * @param {(part: number) => void} progress
 * @returns {Promise<void>}
 */
function upload(path, file, progress) {
  return new Promise((done, fail) => {
    const r = new XMLHttpRequest();
    r.open('POST', path);
    r.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
    r.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
    r.onerror = () => fail(new ApiError('network', '', 0, {}));
    r.onload = () => {
      if (r.status < 300) return done();
      let p = /** @type {any} */ ({});
      try {
        p = JSON.parse(r.responseText);
      } catch {
        // What is between us and the server answered in its own words.
      }
      fail(new ApiError(p.code ?? 'internal', p.detail ?? '', r.status, {}));
    };
    r.send(file);
  });
}
