// @ts-check
// What the page of the devices holds: the document, what is chosen, and what is being done. What
// is chosen stands in the address, so that it can be sent to somebody.
import { signal } from '../core/dom.js';
import { post, get } from '../core/api.js';
import { errorText, t } from '../core/i18n.js';

/**
 * @typedef {object} Device
 * @property {string} id
 * @property {string} role
 * @property {string} place
 * @property {string} since
 * @property {boolean} online
 * @property {string} [lapses_at] when it is revoked, unless it comes
 * @property {string | null} heard
 * @property {any} health
 * @property {string} [lane]
 * @property {boolean} [own]
 */

/** How long a revocation can be taken back before it is sent. */
export const UNDO_S = 6;

/** @param {import('../core/page.js').Env} env */
export function makeFleet(env) {
  const query = new URLSearchParams(location.search);
  const role = signal(env.ui.role ?? query.get('role') ?? '');
  /** A device's id, "center" for the settings of all kiosks, "" for nothing. */
  const picked = signal(env.ui.picked ?? query.get('device') ?? '');
  const code = signal(env.ui.code ?? query.get('code') ?? '');
  const toast = signal(/** @type {{say: string, bad?: boolean} | null} */ (env.ui.toast ?? null));
  /** Devices that will be revoked unless it is taken back, with the seconds that are left. */
  const leaving = signal(/** @type {Record<string, number>} */ (env.ui.leaving ?? {}));
  const centers = signal(/** @type {any[]} */ (env.ui.centers ?? []));
  let quiet = 0;

  /** @param {string} [say] @param {boolean} [bad] */
  function tell(say, bad) {
    toast.value = say ? { say, bad } : null;
    clearTimeout(quiet);
    if (say && !env.frozen) quiet = setTimeout(() => (toast.value = null), bad ? 12_000 : 5_000);
  }

  function address() {
    if (env.frozen) return;
    const q = new URLSearchParams({ center: env.center });
    if (role.peek()) q.set('role', role.peek());
    if (picked.peek()) q.set('device', picked.peek());
    history.replaceState(null, '', `?${q}`);
  }

  /** @param {string} id */
  function pick(id) {
    picked.value = picked.peek() === id ? '' : id;
    address();
  }

  /**
   * @param {() => Promise<any>} what
   * @param {string} said
   */
  async function doing(what, said) {
    if (env.frozen) return null;
    try {
      const out = await what();
      tell(said);
      return out ?? {};
    } catch (err) {
      tell(errorText(/** @type {any} */ (err)), true);
      return null;
    }
  }

  /** @param {string} id */
  function revoke(id) {
    if (env.frozen || leaving.peek()[id]) return;
    leaving.value = { ...leaving.peek(), [id]: UNDO_S };
    const count = setInterval(() => {
      const left = leaving.peek()[id];
      if (!left) {
        clearInterval(count); // taken back
      } else if (left > 1) {
        leaving.value = { ...leaving.peek(), [id]: left - 1 };
      } else {
        clearInterval(count);
        keep(id);
        void doing(() => post(`/api/v1/devices/${id}/revoke`), t('fleet.revoked'));
      }
    }, 1000);
  }

  /** @param {string} id */
  function keep(id) {
    const { [id]: _, ...rest } = leaving.peek();
    leaving.value = rest;
  }

  if (!env.frozen) {
    // Whoever has one centre needs no choice of centres.
    Promise.all([get('/api/v1/session'), get('/api/v1/centers')])
      .then(([who, all]) => (centers.value = who.center ? all.filter((/** @type {any} */ c) => c.id === who.center) : all))
      .catch(() => {});
  }

  return {
    env,
    source: env.source,
    role,
    picked,
    code,
    toast,
    leaving,
    centers,
    tell,
    pick,
    doing,
    revoke,
    keep,
    /** @param {string} r */
    show(r) {
      role.value = r;
      address();
    },
    /** @param {string} id @param {string} place */
    rename: (id, place) => doing(() => post(`/api/v1/devices/${id}/rename`, { place }), t('fleet.saved')),
    /** @param {any} body */
    approve: (body) => doing(() => post('/api/v1/devices/approve', { ...body, center: env.center }, { tries: 1 }), t('fleet.paired')),
    /** @param {string} device */
    writeOff: (device) => doing(() => post(`/api/v1/centers/${env.center}/lanes/write-off`, { device }), t('fleet.lanes.freed')),
    /** @param {string} device "" for the centre's */
    settingsPath: (device) => `/api/v1/centers/${env.center}/kiosk-settings${device ? `?device=${device}` : ''}`,
  };
}

/** @typedef {ReturnType<typeof makeFleet>} Fleet */
