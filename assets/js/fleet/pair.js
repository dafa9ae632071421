// @ts-check
// Letting a new device in: the code that it shows, and where it stands.
import { html, useSignal } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { icon } from '../core/icons.js';

/** @param {{fleet: import('./state.js').Fleet}} props */
export function Pair({ fleet }) {
  const place = useSignal(fleet.env.ui.place ?? '');
  const busy = useSignal(false);
  const code = fleet.code.value;
  /** @param {Event} e */
  async function send(e) {
    e.preventDefault();
    busy.value = true;
    const made = await fleet.approve({ code, place: place.peek().trim() });
    busy.value = false;
    if (!made) return;
    fleet.code.value = '';
    place.value = '';
    if (made.id) fleet.pick(made.id);
  }
  return html`<form class="card card--flat desk-part" onSubmit=${send} aria-labelledby="pair-h">
    <div class="desk-part__head">
      <h2 id="pair-h">${t('fleet.pair.title')}</h2>
      <p class="muted">${t('fleet.pair.how')}</p>
    </div>
    <div class="desk-pairing">
      <div class="field">
        <label for="pair-code">${t('fleet.pair.code')}</label>
        <input
          id="pair-code"
          class="input num desk-code"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck=${false}
          maxlength="8"
          required
          value=${code}
          onInput=${(/** @type {any} */ e) => (fleet.code.value = e.target.value.toUpperCase())}
        />
      </div>
      <div class="field">
        <label for="pair-place">${t('fleet.pair.place')}</label>
        <input id="pair-place" class="input" maxlength="80" required placeholder=${t('fleet.pair.place.hint')} value=${place.value} onInput=${(/** @type {any} */ e) => (place.value = e.target.value)} />
      </div>
      <button type="submit" class="btn btn--primary" disabled=${busy.value}>${icon('check')} ${t('fleet.pair.do')}</button>
    </div>
  </form>`;
}
