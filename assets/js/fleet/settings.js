// @ts-check
// How the kiosks of a centre are set, or one of them. What is left empty is the centre's, and what
// that leaves empty the default; the grey words in each box say what holds then.
import { html, useEffect, useSignal } from '../core/dom.js';
import { t, errorText } from '../core/i18n.js';
import { get, post } from '../core/api.js';
import { Fields } from './fields.js';
import { Logo } from './logo.js';

/** Control characters that scanners send, as they are typed here. */
const SIGNS = /** @type {[string, string][]} */ ([['\r', '\\r'], ['\n', '\\n'], ['\t', '\\t']]);
/** @param {string} s */
const shown = (s) => SIGNS.reduce((v, [sign, word]) => v.replaceAll(sign, word), s ?? '');
/** @param {string} s */
const meant = (s) => SIGNS.reduce((v, [sign, word]) => v.replaceAll(word, sign), s);

/** Whether a setting says something. @param {any} v */
const there = (v) => v !== '' && v !== undefined && !(Array.isArray(v) && !v.length);

/** @param {{fleet: import('./state.js').Fleet, doc: any, device: string, slip?: boolean}} props slip: of a print
 * station, for which only what stands on the paper matters */
export function KioskSettings({ fleet, doc, device, slip }) {
  const own = useSignal(/** @type {any} */ (null));
  const below = useSignal(/** @type {any} */ (null));
  const saved = useSignal('');
  const refused = useSignal(/** @type {any} */ (null));
  const busy = useSignal(false);

  useEffect(() => {
    const fixture = fleet.env.ui.settings;
    if (fleet.env.frozen) {
      own.value = fixture?.own ?? {};
      below.value = fixture?.settings ?? {};
      saved.value = JSON.stringify(own.value);
      return;
    }
    Promise.all([get(fleet.settingsPath(device)), get(fleet.settingsPath(''))])
      .then(([mine, centre]) => {
        own.value = mine.own;
        below.value = centre.settings;
        saved.value = JSON.stringify(mine.own);
      })
      .catch((err) => (refused.value = err));
  }, [device]);

  if (!own.value) return html`<p role=${refused.value ? 'alert' : 'status'}>${refused.value ? errorText(refused.value) : t('fleet.settings.loading')}</p>`;
  const s = own.value;
  const b = below.value;
  /** @param {Record<string, any>} change */
  const set = (change) => {
    const next = { ...own.peek(), ...change };
    // Who puts something in does not go without it.
    next.none = (next.none ?? []).filter((/** @type {string} */ k) => !there(next[k]));
    for (const k of Object.keys(next)) if (!there(next[k])) delete next[k];
    own.value = next;
  };
  /** What the centre has and this kiosk may go without: left empty it would have it, too. @param {string} key */
  const without = (key) => {
    const on = s.none?.includes(key) ?? false;
    if (!device || there(s[key]) || (!on && !there(b[key]))) return null;
    return html`<label class="desk-check">
      <input type="checkbox" checked=${on} onChange=${(/** @type {any} */ e) => set({ none: e.target.checked ? [...(s.none ?? []), key] : s.none?.filter((/** @type {string} */ k) => k !== key) })} />
      ${t('fleet.set.without', { what: t(`fleet.set.without.${key}`) })}
    </label>`;
  };
  const changed = JSON.stringify(s) !== saved.value;

  /** @param {Event} e */
  async function save(e) {
    e.preventDefault();
    if (fleet.env.frozen) return;
    busy.value = true;
    refused.value = null;
    try {
      const out = await post(fleet.settingsPath(device), own.peek(), { tries: 1 });
      own.value = out.own;
      saved.value = JSON.stringify(out.own);
      fleet.tell(t('fleet.saved'));
    } catch (err) {
      refused.value = err;
    }
    busy.value = false;
  }

  /** @param {string} key @param {number} min @param {number} max */
  const number = (key, min, max) => html`<div class="field" key=${key}>
    <label for=${`set-${key}`}>${t(`fleet.set.${key}`)}</label>
    <input
      id=${`set-${key}`}
      class="input num"
      type="number"
      min=${min}
      max=${max}
      placeholder=${b[key] ?? ''}
      value=${s[key] ?? ''}
      aria-invalid=${refused.value?.more?.field === key ? 'true' : undefined}
      onInput=${(/** @type {any} */ e) => set({ [key]: e.target.value === '' ? undefined : Number(e.target.value) })}
    />
  </div>`;
  /** @param {string} key @param {[string, string][]} options @param {(v: string) => any} read @param {(v: any) => string} write */
  const choice = (key, options, read, write) => html`<div class="field" key=${key}>
    <label for=${`set-${key}`}>${t(`fleet.set.${key}`)}</label>
    <select id=${`set-${key}`} class="input" value=${s[key] === undefined ? '' : write(s[key])} onChange=${(/** @type {any} */ e) => set({ [key]: e.target.value === '' ? undefined : read(e.target.value) })}>
      <option value="">${t(device ? 'fleet.set.inherit' : 'fleet.set.default', { value: options.find(([v]) => v === write(b[key]))?.[1] ?? '' })}</option>
      ${options.map(([v, name]) => html`<option value=${v}>${name}</option>`)}
    </select>
  </div>`;
  /** @param {string} key */
  const scan = (key) => html`<div class="field" key=${key}>
    <label for=${`set-${key}`}>${t(`fleet.set.${key}`)}</label>
    <input id=${`set-${key}`} class="input num" maxlength="20" spellcheck=${false} placeholder=${s.none?.includes(key) ? '' : shown(b[key])} value=${shown(s[key])} onChange=${(/** @type {any} */ e) => set({ [key]: meant(e.target.value) })} />
  </div>`;

  const paper = () => choice('paper_dots', [['576', t('fleet.set.paper.80')], ['384', t('fleet.set.paper.58')]], Number, (v) => String(v ?? ''));

  return html`<form class="desk-form" onSubmit=${save} aria-label=${t('fleet.settings')}>
    <h3>${t('fleet.settings')}</h3>
    ${device && html`<p class="muted">${t('fleet.settings.inherit')}</p>`}
    ${slip
      ? html`<div class="desk-pair">${paper()}</div>`
      : html`<${Fields} doc=${doc} own=${s} below=${b} set=${set} />
          ${without('groups')}
          <div class="desk-pair desk-pair--wide">
            ${choice('languages', [['vi,en', t('fleet.set.lang.vi,en')], ['en,vi', t('fleet.set.lang.en,vi')], ['vi', t('fleet.set.lang.vi')], ['en', t('fleet.set.lang.en')]], (v) => v.split(','), (v) => (v ?? []).join(','))}
            ${paper()}
            ${choice('paperless', [['false', t('fleet.set.paper.print')], ['true', t('fleet.set.paper.none')]], (v) => v === 'true', (v) => String(v ?? ''))}
          </div>`}
    <${Lines} lines=${s.lines ?? []} below=${s.none?.includes('lines') ? [] : (b.lines ?? [])} set=${set} />
    ${without('lines')}
    <${Logo} logo=${s.logo ?? ''} below=${device && !s.none?.includes('logo') ? (b.logo ?? '') : ''} set=${set} tell=${fleet.tell} />
    ${without('logo')}
    ${slip
      ? null
      : html`<div class="desk-pair">${number('idle_s', 15, 600)}${number('volume', 0, 100)}${number('session_limit', 1, 50)}${number('alert_count', 2, 100)}${scan('scan_prefix')}${scan('scan_suffix')}</div>
          ${without('scan_prefix')} ${without('scan_suffix')}`}
    ${refused.value && html`<p class="note note--bad" role="alert">${errorText(refused.value)}${refused.value.detail ? html`<br /><span lang="en">${refused.value.detail}</span>` : null}</p>`}
    <div class="desk-actions">
      <button type="submit" class="btn btn--primary" disabled=${!changed || busy.value}>${t('fleet.settings.save')}</button>
      ${changed ? html`<button type="button" class="btn btn--quiet" onClick=${() => (own.value = JSON.parse(saved.value))}>${t('fleet.settings.reset')}</button>` : html`<span class="muted">${t('fleet.settings.live')}</span>`}
    </div>
  </form>`;
}

const MOST_LINES = 4;

/** @param {{lines: any[], below: any[], set: (change: any) => void}} props */
function Lines({ lines, below, set }) {
  const rows = lines.length < MOST_LINES ? [...lines, { vi: '', en: '' }] : lines;
  /** @param {number} i @param {any} change */
  function edit(i, change) {
    const next = rows.map((l, k) => (k === i ? { ...l, ...change } : l)).map((l) => (l.en ? l : { vi: l.vi }));
    set({ lines: next.filter((l) => l.vi || l.en) });
  }
  return html`<fieldset>
    <legend class="label">${t('fleet.set.lines')}</legend>
    ${rows.map(
      (l, i) => html`<div class="desk-pair desk-pair--wide" key=${i}>
        <input class="input" maxlength="80" aria-label=${t('fleet.set.line.vi', { n: i + 1 })} placeholder=${lines.length ? t('lang.vi') : (below[i]?.vi ?? t('lang.vi'))} value=${l.vi} onInput=${(/** @type {any} */ e) => edit(i, { vi: e.target.value })} />
        <input class="input" maxlength="80" aria-label=${t('fleet.set.line.en', { n: i + 1 })} placeholder=${lines.length ? t('lang.en') : (below[i]?.en ?? t('lang.en'))} value=${l.en ?? ''} onInput=${(/** @type {any} */ e) => edit(i, { en: e.target.value })} />
      </div>`,
    )}
  </fieldset>`;
}
