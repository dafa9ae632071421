// @ts-check
// The page on which a centre's manager sets how the screens are: the real screen in a frame, and
// beside it its face, what it plays, what it says, and when it rests.
import { html, mountInto, useSignal } from './core/dom.js';
import { errorText, t, text } from './core/i18n.js';
import { icon } from './core/icons.js';
import { boot } from './core/page.js';
import { createDesk } from './displays/desk.js';
import { CareForm, Face, Ticker, Voice } from './displays/forms.js';
import { Playlist } from './displays/playlist.js';
import { Preview } from './displays/preview.js';

/** @typedef {import('./core/page.js').Env} Env */
/** @typedef {ReturnType<typeof createDesk>} Desk */

const PARTS = ['face', 'playlist', 'ticker', 'voice', 'care'];

/**
 * @param {HTMLElement} root
 * @param {Env} env
 */
function mount(root, env) {
  const desk = createDesk(env);
  void desk.open();
  mountInto(html`<${Page} env=${env} desk=${desk} />`, root);
}

/** @param {{env: Env, desk: Desk}} props */
function Page({ env, desk }) {
  const doc = env.source.data.value;
  const refused = desk.refused.value ?? env.source.error.value;
  return html`
    <div class="desk">
      <header class="desk-head">
        <div>
          <h1>${t('displays.title')}</h1>
          <p>${doc ? text(doc.short) : ''}</p>
        </div>
        <nav class="desk-nav" aria-label=${t('displays.nav')}>
          <a href=${`/admin/devices?center=${env.center}`}>${t('displays.devices')}</a>
          <a href="/">${t('displays.start')}</a>
        </nav>
      </header>
      ${env.source.stale.value ? html`<p class="band band--stale" role="status">${icon('wifi-off')} ${t('stale.unknown')}</p>` : html`<span hidden></span>`}
      <div class="desk-main">
        ${refused
          ? html`<p class="note note--bad" role="alert">${icon('circle-alert')} ${errorText(refused)}</p>`
          : doc && desk.ready.value
            ? html`<${Work} env=${env} desk=${desk} doc=${doc} />`
            : html`<p class="empty" role="status">${t('connecting')}</p>`}
      </div>
      <${Said} desk=${desk} />
    </div>
  `;
}

/** @param {{env: Env, desk: Desk, doc: any}} props */
function Work({ env, desk, doc }) {
  const part = useSignal(/** @type {string} */ (env.ui.part ?? PARTS.find((p) => `#${p}` === location.hash) ?? PARTS[0]));
  const still = env.frozen;
  const pick = (/** @type {string} */ p) => {
    part.value = p;
    if (!still) history.replaceState(null, '', `#${p}`);
  };
  return html`
    <${Which} desk=${desk} />
    <div class="sc-split">
      <${Preview} desk=${desk} center=${env.center} still=${still} lang=${env.lang} />
      <section class="sc-edit">
        <div class="sc-tabs segmented" role="group" aria-label=${t('displays.parts')}>
          ${PARTS.map((p) => html`<button type="button" key=${p} aria-pressed=${String(part.value === p)} onClick=${() => pick(p)}>${t(`displays.part.${p}`)}</button>`)}
        </div>
        <form class="desk-form" onSubmit=${(/** @type {Event} */ e) => {
          e.preventDefault();
          void desk.put(desk.draft.peek());
        }}>
          ${part.value === 'face' && html`<${Face} desk=${desk} doc=${doc} />`}
          ${part.value === 'playlist' && html`<${Playlist} desk=${desk} center=${env.center} still=${still} />`}
          ${part.value === 'ticker' && html`<${Ticker} desk=${desk} />`}
          ${part.value === 'voice' && html`<${Voice} desk=${desk} />`}
          ${part.value === 'care' && html`<${CareForm} desk=${desk} />`}
          <div class="sc-save" data-changed=${String(desk.changed.value)}>
            <p class="grow" role="status">${t(desk.changed.value ? 'displays.changed' : 'displays.unchanged')}</p>
            <button type="button" class="btn" disabled=${!desk.changed.value || desk.busy.value} onClick=${() => (desk.draft.value = desk.saved.peek())}>${t('displays.discard')}</button>
            <button type="submit" class="btn btn--primary" disabled=${!desk.changed.value || desk.busy.value}>${t('displays.save')}</button>
          </div>
        </form>
      </section>
    </div>
  `;
}

/** All screens, or one of them. @param {{desk: Desk}} props */
function Which({ desk }) {
  const device = desk.device.value;
  const locked = desk.changed.value;
  return html`
    <div class="desk-filters">
      <div class="segmented" role="group" aria-label=${t('displays.which')}>
        <button type="button" aria-pressed=${String(device === '')} disabled=${locked && device !== ''} onClick=${() => void desk.pick('')}>${t('displays.all')}</button>
        ${desk.devices.value.map(
          (d) => html`<button type="button" key=${d.id} aria-pressed=${String(device === d.id)} disabled=${locked && device !== d.id} onClick=${() => void desk.pick(d.id)}>${icon('monitor')} ${d.place || d.id}</button>`,
        )}
      </div>
      <p class="sc-hint">${t(locked ? 'displays.savefirst' : desk.devices.value.length ? 'displays.which.hint' : 'displays.which.none')}</p>
    </div>
  `;
}

/** @param {{desk: Desk}} props */
function Said({ desk }) {
  const toast = desk.toast.value;
  return html`
    <div role="status" aria-live="polite">
      ${toast &&
      html`<div class=${`toast sc-toast ${toast.bad ? 'sc-toast--bad' : ''}`}>
        <span>${toast.say}</span>
        ${toast.undo && html`<button type="button" class="btn btn--s" onClick=${toast.undo}>${icon('undo-2')} ${t('displays.undo')}</button>`}
        <button type="button" class="btn btn--quiet btn--s" aria-label=${t('close')} onClick=${() => desk.say(null)}>${icon('x')}</button>
      </div>`}
    </div>
  `;
}

void boot({ view: 'board', areas: ['displays', 'display'], mount });
