// @ts-check
// How one person wants the screen: larger, in more contrast, lower, read aloud. All of it is gone
// when the next person comes.
import { signal, effect, batch } from '../core/dom.js';

export function modes() {
  const large = signal(false);
  const contrast = signal(false);
  /** Every control within the reach of someone who sits. */
  const low = signal(false);
  /** The screen is read aloud. */
  const voice = signal(false);

  effect(() => {
    mark('data-text', large.value ? 'large' : null);
    mark('data-contrast', contrast.value ? 'more' : null);
    mark('data-reach', low.value ? 'low' : null);
  });
  return {
    large, contrast, low, voice,
    any: () => [large, contrast, low, voice].some((s) => s.peek()),
    reset() {
      batch(() => {
        for (const s of [large, contrast, low, voice]) s.value = false;
      });
    },
  };
}

/**
 * @param {string} name
 * @param {string | null} value
 */
function mark(name, value) {
  if (value) document.documentElement.setAttribute(name, value);
  else document.documentElement.removeAttribute(name);
}
