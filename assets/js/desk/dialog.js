// @ts-check
// A dialog that closes with Escape, with its cross and with a press beside it, and gives the focus
// back to where it was.
import { html, useEffect, useRef, useId } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { t } from '../core/i18n.js';

/**
 * @param {{title: string, onClose: () => void, panel?: boolean, children?: any}} props
 */
export function Dialog({ title, onClose, panel = false, children }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const el = /** @type {HTMLDialogElement} */ (ref.current);
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    el.showModal();
    const first = /** @type {HTMLElement | null} */ (el.querySelector('[data-first]'));
    if (first) first.focus();
    return () => before?.isConnected && before.focus();
  }, []);
  return html`<dialog
    ref=${ref}
    class=${`dialog desk-dialog ${panel ? 'dialog--panel' : ''}`}
    aria-labelledby=${id}
    onClose=${onClose}
    onClick=${(/** @type {MouseEvent} */ e) => e.target === ref.current && onClose()}
  >
    <div class="desk-dialog__in">
      <div class="desk-dialog__top">
        <h2 id=${id}>${title}</h2>
        <button type="button" class="btn btn--quiet btn--s" onClick=${onClose}>${icon('x')} ${t('close')}</button>
      </div>
      ${children}
    </div>
  </dialog>`;
}
