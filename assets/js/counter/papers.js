// @ts-check
// What belongs to the visit in hand: its dossier code, scanned or typed, and a note of the clerk's.
// Each is kept when it is left or Enter is pressed; Enter also gives the keyboard back to the counter.
import { html, useEffect, useRef, useSignal } from '../core/dom.js';
import { get } from '../core/api.js';
import { t } from '../core/i18n.js';

/** @typedef {import('./desk.js').Desk} Desk */

/** @param {{desk: Desk, id: string, ticket: any}} props */
export function Papers({ desk, id, ticket }) {
  return html`<div class="c-papers">
    <${Paper} id="dossier" label=${t('counter.dossier')} hint=${t('counter.dossier.hint')} max="64" was=${ticket.reference ?? ''} save=${desk.refer} key=${`${id} ${ticket.reference}`} />
    <${Note} desk=${desk} id=${id} key=${id} />
  </div>`;
}

/** @param {{desk: Desk, id: string}} props */
function Note({ desk, id }) {
  const kept = useSignal(/** @type {string | null} */ (desk.env.frozen ? (desk.env.ui.note ?? '') : null));
  useEffect(() => {
    if (kept.value !== null) return;
    let gone = false;
    get(`/api/v1/tickets/${id}/note`).then(
      (answer) => gone || (kept.value = answer.note),
      () => gone || (kept.value = ''),
    );
    return () => void (gone = true);
  }, [id]);
  // Until it is known what stands there, nothing can be written over it.
  return html`<${Paper} id="note" label=${t('counter.note')} hint=${t('counter.note.hint')} max="120" was=${kept.value ?? ''} wait=${kept.value === null} save=${desk.note} key=${kept.value === null} />`;
}

/** @param {{id: string, label: string, hint: string, max: string, was: string, wait?: boolean, save: (text: string) => Promise<boolean>}} props */
function Paper({ id, label, hint, max, was, wait, save }) {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const kept = useRef(was);
  async function keep() {
    const text = field.current?.value.trim() ?? '';
    if (text === kept.current) return;
    const before = kept.current;
    kept.current = text;
    if (!(await save(text))) kept.current = before; // what was typed stays, to be sent again
  }
  /** @param {KeyboardEvent} e */
  function key(e) {
    if (e.isComposing || !field.current) return;
    if (e.key === 'Escape') field.current.value = kept.current;
    if (e.key === 'Enter' || e.key === 'Escape') field.current.blur();
  }
  return html`<label for=${id}>${label}</label>
    <input class="input" id=${id} ref=${field} maxlength=${max} placeholder=${hint} defaultValue=${was} disabled=${wait} autocomplete="off" spellcheck="false" onBlur=${keep} onKeyDown=${key} />`;
}
