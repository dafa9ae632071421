// @ts-check
// The real page of a screen in a frame, as large as it is in the hall and drawn smaller. It is told
// of every change as it is made, before anything is saved.
import { html, useEffect, useLayoutEffect, useRef, useSignal } from '../core/dom.js';
import { t } from '../core/i18n.js';

/** @type {Record<string, [number, number]>} */
const SIZES = { wide: [1920, 1080], upright: [1080, 1920], small: [800, 480], long: [1280, 400] };

/** @param {string} layout */
function sizeOf(layout) {
  return layout.startsWith('portrait') ? 'upright' : layout === 'counter' ? 'small' : 'wide';
}

/** @param {{desk: ReturnType<typeof import('./desk.js').createDesk>, center: string, still: boolean, lang: string}} props */
export function Preview({ desk, center, still, lang }) {
  const settings = desk.effect.value;
  const chosen = useSignal('');
  const size = chosen.value || sizeOf(settings.layout);
  const [w, h] = SIZES[size];
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const frame = useRef(/** @type {HTMLIFrameElement | null} */ (null));

  useLayoutEffect(() => {
    const fit = () => {
      const at = box.current;
      if (!at) return;
      const scale = Math.min(at.clientWidth / w, (innerHeight * 0.62) / h);
      at.style.setProperty('block-size', `${h * scale}px`);
      const f = frame.current;
      if (!f) return;
      f.style.setProperty('inline-size', `${w}px`);
      f.style.setProperty('block-size', `${h}px`);
      f.style.setProperty('transform', `translateX(${(at.clientWidth - w * scale) / 2}px) scale(${scale})`);
    };
    fit();
    addEventListener('resize', fit);
    return () => removeEventListener('resize', fit);
  }, [w, h]);

  const words = JSON.stringify({ ...settings, media: desk.files.value.files });
  useEffect(() => {
    const tell = () => frame.current?.contentWindow?.postMessage({ moiso: 'settings', settings: JSON.parse(words) }, location.origin);
    tell();
    const hear = (/** @type {MessageEvent} */ e) => {
      if (e.origin === location.origin && e.source === frame.current?.contentWindow && e.data?.moiso === 'ready') tell();
    };
    addEventListener('message', hear);
    return () => removeEventListener('message', hear);
  }, [words]);

  return html`
    <section class="sc-preview">
      <h2 class="sr-only">${t('displays.preview')}</h2>
      <div class="sc-stage" ref=${box} data-size=${size}>
        ${still
          ? html`<p class="sc-still">${t('displays.preview')}</p>`
          : html`<iframe ref=${frame} title=${t('displays.preview')} src=${`/display/${center}?lang=${lang}`} tabindex="-1"></iframe>`}
      </div>
      <div class="desk-actions">
        <div class="segmented" role="group" aria-label=${t('displays.size')}>
          ${Object.entries(SIZES).map(
            ([name, [x, y]]) => html`<button type="button" key=${name} aria-pressed=${String(size === name)} onClick=${() => (chosen.value = name)}>${x}×${y}</button>`,
          )}
        </div>
        <a class="btn" href=${`/display/${center}${desk.device.value ? `?device=${desk.device.value}` : ''}`} target="_blank" rel="noopener">${t('displays.open')}</a>
      </div>
    </section>
  `;
}
