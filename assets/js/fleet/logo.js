// @ts-check
// The picture on top of a ticket. Printers know black and white only, so that is what is kept: any
// picture is made small enough and dithered here, and the manager sees what will be printed.
import { html, useEffect, useRef } from '../core/dom.js';
import { t } from '../core/i18n.js';

const WIDE = 384;
const HIGH = 160;
const MOST_BYTES = 16_384;

/** @param {{logo: string, below: string, set: (change: any) => void, tell: (say: string, bad?: boolean) => void}} props */
export function Logo({ logo, below, set, tell }) {
  const view = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const shown = logo || below;
  useEffect(() => {
    const canvas = view.current;
    if (!canvas || !shown) return;
    const bytes = Uint8Array.from(atob(shown), (c) => c.charCodeAt(0));
    createImageBitmap(new Blob([bytes], { type: 'image/png' }))
      .then((bitmap) => {
        canvas.width = bitmap.width;
        canvas.height = bitmap.height;
        canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
      })
      .catch(() => {}); // the server has refused pictures that cannot be drawn
  }, [shown]);

  /** @param {any} e */
  async function take(e) {
    const file = e.target.files?.[0];
    e.target.value = '';
    if (!file) return;
    try {
      set({ logo: await printable(file) });
    } catch {
      tell(t('fleet.set.logo.bad'), true);
    }
  }

  return html`<fieldset>
    <legend class="label">${t('fleet.set.logo')}</legend>
    ${shown && html`<canvas ref=${view} class="desk-logo" role="img" aria-label=${t('fleet.set.logo')}></canvas>`}
    <div class="desk-actions">
      <label class="btn btn--s desk-file"><input type="file" accept="image/png,image/jpeg,image/webp" class="sr-only" onChange=${take} /> ${t('fleet.set.logo.choose')}</label>
      ${logo && html`<button type="button" class="btn btn--s btn--quiet" onClick=${() => set({ logo: undefined })}>${t('fleet.set.logo.drop')}</button>`}
    </div>
  </fieldset>`;
}

/**
 * A picture as a printer can print it, as PNG in base64.
 * @param {Blob} file
 */
async function printable(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, WIDE / bitmap.width, HIGH / bitmap.height);
  const wide = Math.max(1, Math.round(bitmap.width * scale));
  const high = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = document.createElement('canvas');
  canvas.width = wide;
  canvas.height = high;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  pen.fillStyle = '#fff'; // what is transparent is paper
  pen.fillRect(0, 0, wide, high);
  pen.drawImage(bitmap, 0, 0, wide, high);
  const picture = pen.getImageData(0, 0, wide, high);
  dither(picture);
  pen.putImageData(picture, 0, 0);
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
  const bytes = new Uint8Array(await /** @type {Blob} */ (blob).arrayBuffer());
  if (bytes.length > MOST_BYTES) throw new Error('too large');
  return btoa(String.fromCharCode(...bytes));
}

/**
 * Black and white by error diffusion (Floyd and Steinberg 1976).
 * @param {ImageData} p
 */
function dither(p) {
  const grey = new Float32Array(p.width * p.height);
  for (let i = 0; i < grey.length; i++) grey[i] = 0.299 * p.data[4 * i] + 0.587 * p.data[4 * i + 1] + 0.114 * p.data[4 * i + 2];
  for (let i = 0; i < grey.length; i++) {
    const white = grey[i] >= 128 ? 255 : 0;
    const error = grey[i] - white;
    const x = i % p.width;
    if (x + 1 < p.width) grey[i + 1] += (error * 7) / 16;
    if (x > 0) grey[i + p.width - 1] += (error * 3) / 16;
    grey[i + p.width] += (error * 5) / 16;
    if (x + 1 < p.width) grey[i + p.width + 1] += error / 16;
    p.data.fill(white, 4 * i, 4 * i + 3);
    p.data[4 * i + 3] = 255;
  }
}
