// @ts-check
// The keyboard of the counter. Space is the primary action wherever the focus stands, except in a
// text field and in a dialog. Letters can be switched off (WCAG 2.1.4) in the keyboard map.
import { signal } from '../core/dom.js';
import { recall, remember } from '../core/store.js';
import { verbOf } from './verbs.js';

export const letters = signal(recall('counter.letters') !== false);

/** @param {boolean} on */
export function setLetters(on) {
  letters.value = on;
  remember('counter.letters', on ? null : false);
}

/** @param {EventTarget | null} el */
function typing(el) {
  return el instanceof HTMLElement && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));
}

/** @param {import('./desk.js').Desk} desk */
export function listen(desk) {
  /** @param {KeyboardEvent} e */
  function down(e) {
    if (e.ctrlKey || e.altKey || e.metaKey || typing(e.target) || desk.dialog.value || e.isComposing) return;
    const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    if (key === ' ') e.preventDefault(); // neither scrolls nor presses the button in focus
    if (e.repeat || !desk.source.data.value) return;
    if (key === '?') {
      desk.show({ kind: 'keys' });
      return;
    }
    if (key !== ' ' && (!letters.value || !/^[a-z]$/.test(key))) return;
    if (key === 'd') {
      const field = document.getElementById('dossier');
      if (field) e.preventDefault();
      field?.focus();
      return;
    }
    if (desk.blocked()) return;
    if (key === 'z') {
      desk.toast.value?.undo?.do();
      return;
    }
    const choice = desk.choice();
    if (key === ' ' && choice.idle) return;
    const verb = verbOf(choice, key);
    if (!verb) return;
    e.preventDefault(); // the letter must not land in the dialog that it opens
    desk.run(verb);
  }
  /** Firefox presses a button when the key comes up. @param {KeyboardEvent} e */
  function up(e) {
    if (e.key === ' ' && !typing(e.target) && !desk.dialog.value) e.preventDefault();
  }
  addEventListener('keydown', down);
  addEventListener('keyup', up);
  return () => {
    removeEventListener('keydown', down);
    removeEventListener('keyup', up);
  };
}
