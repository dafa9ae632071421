// @ts-check
// What is shown between the calls: the order and the hours of pictures and films, and the files.
import { html } from '../core/dom.js';
import { t, lang } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { Hours, Order, Without, moved } from './parts.js';

/** @typedef {ReturnType<typeof import('./desk.js').createDesk>} Desk */
/** @typedef {import('./desk.js').File} File */

/** "12,4 MB". @param {number} bytes */
function size(bytes) {
  const mb = bytes / 1e6;
  return `${new Intl.NumberFormat(lang.value, { maximumFractionDigits: mb < 10 ? 1 : 0 }).format(mb)} MB`;
}

/** @param {{desk: Desk, center: string, still: boolean}} props */
export function Playlist({ desk, center, still }) {
  const list = desk.draft.value.playlist ?? [];
  const files = desk.files.value;
  const of = new Map(files.files.map((f) => [f.hash, f]));
  const set = (/** @type {any[]} */ playlist) => desk.change({ playlist });
  const put = (/** @type {number} */ i, /** @type {any} */ part) => set(list.map((/** @type {any} */ p, /** @type {number} */ k) => (k === i ? { ...p, ...part } : p)));
  return html`
    <fieldset>
      <legend>${t('displays.playlist')}</legend>
      <p class="sc-hint">${t(desk.device.value ? 'displays.playlist.device' : 'displays.playlist.hint')}</p>
      <ol class="sc-list">
        ${list.map((/** @type {any} */ p, /** @type {number} */ i) => {
          const file = of.get(p.media);
          const name = file?.name ?? t('displays.missing');
          const film = file?.type.startsWith('video/');
          return html`
            <li class="sc-item" key=${p.media + i}>
              <${Thumb} file=${file} center=${center} still=${still} />
              <span class="sc-name" title=${name}>${name}</span>
              ${film
                ? html`<span class="sc-hint">${t('displays.wholefilm')}</span>`
                : html`<label class="sc-seconds"><input class="input" type="number" min="3" max="3600" value=${p.seconds || 10} onChange=${(/** @type {any} */ e) => put(i, { seconds: Math.max(3, Math.min(3600, Number(e.target.value) || 10)) })} /> ${t('displays.seconds')}</label>`}
              <${Hours} label=${t('displays.shown')} value=${p} set=${(/** @type {any} */ v) => put(i, v)} />
              <${Order} name=${name} i=${i} n=${list.length} move=${(/** @type {number} */ to) => set(moved(list, i, to))} remove=${() => set(list.filter((/** @type {any} */ _, /** @type {number} */ k) => k !== i))} />
            </li>
          `;
        })}
      </ol>
      <${Without} desk=${desk} name="playlist" />
    </fieldset>
    <${Files} desk=${desk} center=${center} still=${still} add=${(/** @type {File} */ f) => set([...list, { media: f.hash, ...(f.type.startsWith('image/') && { seconds: 10 }) }])} />
  `;
}

/** @param {{desk: Desk, center: string, still: boolean, add: (f: File) => void}} props */
function Files({ desk, center, still, add }) {
  const { files, used, limit } = desk.files.value;
  const there = files.filter((f) => !desk.going.value.has(f.hash));
  return html`
    <fieldset>
      <legend>${t('displays.files')}</legend>
      <p class="sc-hint">${t('displays.files.hint', { used: size(used), limit: size(limit) })}</p>
      <div class="bar" role="img" aria-label=${t('displays.files.used', { used: size(used), limit: size(limit) })}><span ref=${(/** @type {any} */ e) => e?.style.setProperty('inline-size', `${limit ? Math.min(100, (100 * used) / limit) : 0}%`)}></span></div>
      <p>
        <label class="btn btn--soft sc-bring">
          ${icon('plus')} ${t('displays.bring')}
          <input class="sr-only" type="file" multiple accept="image/png,image/jpeg,image/webp,video/mp4,video/webm" onChange=${(/** @type {any} */ e) => {
            void desk.bring(e.target.files);
          }} />
        </label>
      </p>
      ${desk.uploads.value.map((u) => html`<p class="sc-upload" role="status" key=${u.name}><span class="grow">${u.name}</span> <progress aria-label=${u.name} value=${u.part} max="1"></progress></p>`)}
      ${there.length === 0 && desk.uploads.value.length === 0 && html`<p class="empty">${t('displays.nofiles')}</p>`}
      <ul class="sc-list">
        ${there.map(
          (f) => html`
            <li class="sc-item" key=${f.hash}>
              <${Thumb} file=${f} center=${center} still=${still} />
              <span class="sc-name" title=${f.name}>${f.name}</span>
              <span class="sc-hint num">${size(f.bytes)}</span>
              <button type="button" class="btn btn--s" aria-label=${t('displays.play', { name: f.name })} onClick=${() => add(f)}>${icon('plus')} ${t('displays.add')}</button>
              <button type="button" class="btn btn--quiet btn--s" aria-label=${t('displays.delete.name', { name: f.name })} onClick=${() => desk.drop(f)}>${icon('x')} ${t('displays.delete')}</button>
            </li>
          `,
        )}
      </ul>
    </fieldset>
  `;
}

/** @param {{file: File | undefined, center: string, still: boolean}} props */
function Thumb({ file, center, still }) {
  if (!file || !file.type.startsWith('image/') || still) {
    return html`<span class="sc-thumb" aria-hidden="true">${icon(file ? (file.type.startsWith('video/') ? 'circle-play' : 'eye') : 'circle-alert')}</span>`;
  }
  return html`<img class="sc-thumb" src=${`/media/${center}/${file.hash}`} alt="" loading="lazy" />`;
}
