// @ts-check
// Small things a page remembers across a reload. Storage may be switched off or full; then a page
// forgets, and goes on.

/**
 * @param {string} key
 * @returns {any} null when there is nothing
 */
export function recall(key) {
  try {
    const held = localStorage.getItem(`moiso.${key}`);
    return held === null ? null : JSON.parse(held);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {any} value null forgets
 */
export function remember(key, value) {
  try {
    if (value === null) localStorage.removeItem(`moiso.${key}`);
    else localStorage.setItem(`moiso.${key}`, JSON.stringify(value));
  } catch {
    // See above.
  }
}
