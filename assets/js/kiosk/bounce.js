// @ts-check

/**
 * Swallows the second of two touches at one place: an unsteady finger that bounces must not press
 * what the next screen shows there.
 * @param {HTMLElement} root
 */
export function guardDoubleTouch(root) {
  let x = 0;
  let y = 0;
  let at = -Infinity;
  root.addEventListener(
    'click',
    (ev) => {
      if (ev.detail === 0) return; // from a keyboard or a program: no place
      if (/** @type {Element} */ (ev.target).closest('.keys')) return; // a letter may come twice
      const close = Math.hypot(ev.clientX - x, ev.clientY - y) < 48;
      const soon = ev.timeStamp - at < 500;
      [x, y, at] = [ev.clientX, ev.clientY, ev.timeStamp];
      if (close && soon) {
        ev.stopPropagation();
        ev.preventDefault();
      }
    },
    { capture: true },
  );
}
