// @ts-check
// The forms of a screen: its face, what it plays, what it says, and when it rests.
import { html } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { Choice, Hours, Order, Spans, Without, moved } from './parts.js';

/** @typedef {ReturnType<typeof import('./desk.js').createDesk>} Desk */

const LAYOUTS = ['counters', 'calls', 'signage', 'portrait', 'portrait-signage', 'counter', 'summary'];

/** @param {{desk: Desk, doc: any}} props */
export function Face({ desk, doc }) {
  const d = desk.draft.value;
  const own = desk.device.value !== '';
  const layout = d.layout ?? '';
  const shown = layout || (own ? '' : 'counters');
  return html`
    <fieldset>
      <legend>${t('displays.layout')}</legend>
      <div class="sc-faces">
        ${own && html`<${FaceOption} value="" now=${shown} pick=${() => desk.change({ layout: '' })} />`}
        ${LAYOUTS.map((v) => html`<${FaceOption} key=${v} value=${v} now=${shown} pick=${() => desk.change({ layout: v, ...(v === 'counter' && { counter: d.counter || doc.counters[0]?.number }) })} />`)}
      </div>
    </fieldset>
    ${layout === 'counter' &&
    html`<${Choice}
      label=${t('displays.whichcounter')}
      value=${String(d.counter ?? '')}
      centre=${false}
      options=${doc.counters.map((/** @type {any} */ c) => [String(c.number), t('counter.n', { n: c.number })])}
      set=${(/** @type {string} */ v) => desk.change({ counter: Number(v) })}
    />`}
  `;
}

/** @param {{value: string, now: string, pick: () => void}} props */
function FaceOption({ value, now, pick }) {
  const key = value || 'inherit';
  return html`
    <label class="sc-face">
      <input type="radio" name="layout" value=${value} checked=${now === value} onChange=${pick} />
      <span class=${`sc-mini sc-mini--${key}`} aria-hidden="true"><i></i><i></i><i></i></span>
      <span><b>${t(`displays.layout.${key}`)}</b><small>${t(`displays.layout.${key}.what`)}</small></span>
    </label>
  `;
}

/** @param {{messages: import('./desk.js').Message[], set: (v: import('./desk.js').Message[]) => void, title: string, hint: string, children?: any}} props */
export function Messages({ messages, set, title, hint, children }) {
  const put = (/** @type {number} */ i, /** @type {any} */ part) => set(messages.map((m, k) => (k === i ? { ...m, ...part } : m)));
  return html`
    <fieldset>
      <legend>${title}</legend>
      <p class="sc-hint">${hint}</p>
      <ol class="sc-list">
        ${messages.map((m, i) => {
          const name = m.text.vi || t('displays.message', { n: i + 1 });
          return html`
            <li class="sc-item sc-item--message" key=${i}>
              <div class="sc-texts">
                <input class="input" maxlength="300" lang="vi" aria-label=${t('displays.message.vi', { n: i + 1 })} placeholder=${t('lang.vi')} value=${m.text.vi} onInput=${(/** @type {any} */ e) => put(i, { text: { ...m.text, vi: e.target.value } })} />
                <input class="input" maxlength="300" lang="en" aria-label=${t('displays.message.en', { n: i + 1 })} placeholder=${t('lang.en')} value=${m.text.en ?? ''} onInput=${(/** @type {any} */ e) => put(i, { text: { ...m.text, en: e.target.value } })} />
              </div>
              <${Hours} label=${t('displays.shown')} value=${m} set=${(/** @type {any} */ v) => put(i, v)} />
              <${Order} name=${name} i=${i} n=${messages.length} move=${(/** @type {number} */ to) => set(moved(messages, i, to))} remove=${() => set(messages.filter((_, k) => k !== i))} />
            </li>
          `;
        })}
      </ol>
      ${messages.length < 20 && html`<p><button type="button" class="btn btn--s" onClick=${() => set([...messages, { text: { vi: '', en: '' } }])}>${icon('plus')} ${t('displays.addmessage')}</button></p>`}
      ${children}
    </fieldset>
  `;
}

/** @param {{desk: Desk}} props */
export function Ticker({ desk }) {
  const city = desk.city.value;
  return html`
    <${Messages} title=${t('displays.ticker')} hint=${t(desk.device.value ? 'displays.ticker.device' : 'displays.ticker.hint')} messages=${desk.draft.value.ticker ?? []} set=${(/** @type {any} */ v) => desk.change({ ticker: v })}><${Without} desk=${desk} name="ticker" /><//>
    ${city &&
    html`
      <div class="sc-city">
        <${Messages} title=${t('displays.city')} hint=${t('displays.city.hint')} messages=${city} set=${(/** @type {any} */ v) => (desk.city.value = v)} />
        <p><button type="button" class="btn" disabled=${desk.busy.value} onClick=${() => desk.tellCity(city.filter((m) => m.text.vi.trim()))}>${t('displays.city.save')}</button></p>
      </div>
    `}
  `;
}

/** @param {{desk: Desk}} props */
export function Voice({ desk }) {
  const v = desk.draft.value.voice ?? {};
  const own = desk.device.value !== '';
  const put = (/** @type {any} */ part) => desk.change({ voice: { ...v, ...part } });
  const yes = (/** @type {any} */ b) => (b === undefined || b === null ? '' : b ? 'yes' : 'no');
  const style = v.off ? 'off' : v.chime_only ? 'chime' : v.off === false || v.chime_only === false || !own ? 'words' : '';
  const volume = v.volume ?? desk.effect.value.voice.volume;
  return html`
    <${Choice}
      label=${t('displays.voice.style')}
      value=${style}
      centre=${own}
      options=${['words', 'chime', 'off'].map((k) => [k, t(`displays.voice.${k}`)])}
      set=${(/** @type {string} */ k) => put(k ? { off: k === 'off', chime_only: k === 'chime' } : { off: undefined, chime_only: undefined })}
    />
    <${Choice}
      label=${t('displays.voice.languages')}
      value=${(v.languages ?? []).join() || (own ? '' : 'vi,en')}
      centre=${own}
      options=${[['vi,en', `${t('lang.vi')}, ${t('lang.en')}`], ['vi', t('lang.vi')], ['en,vi', `${t('lang.en')}, ${t('lang.vi')}`], ['en', t('lang.en')]]}
      set=${(/** @type {string} */ k) => put({ languages: k ? k.split(',') : undefined })}
    />
    <${Choice} label=${t('displays.voice.repeats')} value=${String(v.repeats || (own ? '' : 2))} centre=${own} options=${['1', '2', '3'].map((n) => [n, t('displays.voice.times', { n: Number(n) })])} set=${(/** @type {string} */ k) => put({ repeats: k ? Number(k) : undefined })} />
    <div class="field">
      <label for="sc-volume">${t('displays.voice.volume', { n: volume })}</label>
      <input id="sc-volume" type="range" min="0" max="100" step="5" value=${volume} onInput=${(/** @type {any} */ e) => put({ volume: Number(e.target.value) })} />
    </div>
    <${Spans} title=${t('displays.voice.quiet')} hint=${t('displays.voice.quiet.hint')} spans=${v.quiet ?? []} set=${(/** @type {any} */ quiet) => put({ quiet })}><${Without} desk=${desk} name="voice.quiet" /><//>
    ${own && yes(v.off) === '' ? html`<p class="sc-hint">${t('displays.inherit')}</p>` : null}
  `;
}

/** @param {{desk: Desk}} props */
export function CareForm({ desk }) {
  const c = desk.draft.value.care ?? {};
  const own = desk.device.value !== '';
  const put = (/** @type {any} */ part) => desk.change({ care: { ...c, ...part } });
  const shift = c.shift === undefined || c.shift === null ? (own ? '' : 'yes') : c.shift ? 'yes' : 'no';
  return html`
    <${Choice} label=${t('displays.care.shift')} value=${shift} centre=${own} options=${[['yes', t('displays.care.shift.yes')], ['no', t('displays.care.shift.no')]]} set=${(/** @type {string} */ k) => put({ shift: k ? k === 'yes' : undefined })} />
    <${Spans} title=${t('displays.care.dim')} hint=${t('displays.care.dim.hint')} spans=${c.dim ?? []} set=${(/** @type {any} */ dim) => put({ dim })}><${Without} desk=${desk} name="care.dim" /><//>
    <${Spans} title=${t('displays.care.off')} hint=${t('displays.care.off.hint')} spans=${c.off ?? []} set=${(/** @type {any} */ off) => put({ off })}><${Without} desk=${desk} name="care.off" /><//>
  `;
}
