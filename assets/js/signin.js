// @ts-check
// Signing in, out, and the first set-up, through the API. Without this script the sign-in form
// sends itself.
import { loadLocale, t, errorText } from './core/i18n.js';
import { post, del } from './core/api.js';

const body = document.body.dataset;
const next = body.next || '/';
const ready = loadLocale(body.lang ?? 'vi', ['errors', 'start']);
const fault = document.getElementById('fault');

/** @param {string} words */
function tell(words) {
  if (!fault) return;
  fault.textContent = words;
  fault.hidden = !words;
}

/**
 * @param {string} id of the form
 * @param {(form: FormData) => Promise<unknown>} send
 */
function handle(id, send) {
  const form = /** @type {HTMLFormElement | null} */ (document.getElementById(id));
  form?.addEventListener('submit', async (e) => {
    e.preventDefault();
    const button = /** @type {HTMLButtonElement} */ (form.querySelector('button[type=submit]'));
    button.disabled = true;
    tell('');
    await ready;
    try {
      await send(new FormData(form));
      location.assign(next);
      return;
    } catch (err) {
      tell(err instanceof Mismatch ? t('start.repeat.differs') : errorText(/** @type {any} */ (err)));
    }
    button.disabled = false;
    /** @type {HTMLInputElement | null} */ (form.querySelector('input[type=password]'))?.focus();
  });
}

class Mismatch extends Error {}

handle('sign-in', (f) => post('/api/v1/session', { username: f.get('username'), password: f.get('password') }));

handle('set-up', async (f) => {
  const repeat = /** @type {HTMLInputElement} */ (document.getElementById('repeat')).value;
  if (repeat !== f.get('password')) throw new Mismatch();
  const account = { username: f.get('username'), password: f.get('password') };
  await post('/api/v1/setup', { token: f.get('token'), ...account });
  await post('/api/v1/session', account);
});

document.getElementById('sign-out')?.addEventListener('click', async () => {
  await del('/api/v1/session').catch(() => {});
  location.assign('/sign-in');
});
