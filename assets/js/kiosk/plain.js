// @ts-check
// Words as fingers type them: without marks, in small letters. "Hộ tịch" is found by "ho tich", and
// "Đăng ký" by "dang ky".

/** @param {string} words */
export function plain(words) {
  return words
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();
}

/**
 * The fields that what was typed may mean, the likeliest first. Every word typed must begin a word
 * of the field's name, of its hint, in either language, or be its prefix.
 * @param {any[]} services
 * @param {string} query
 * @returns {any[]}
 */
export function find(services, query) {
  const typed = plain(query);
  if (typed === '') return services;
  const parts = typed.split(' ');
  return services
    .map((s) => ({ s, score: score(s, typed, parts) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ s }) => s);
}

/**
 * @param {any} s
 * @param {string} typed
 * @param {string[]} parts
 */
function score(s, typed, parts) {
  if (s.prefix && plain(s.prefix) === typed) return 5;
  const names = [s.name?.vi, s.name?.en].filter(Boolean).map(plain);
  const hints = [s.hint?.vi, s.hint?.en].filter(Boolean).map(plain);
  if (names.some((n) => n.startsWith(typed))) return 4;
  if (names.some((n) => begins(n, parts))) return 3;
  if (hints.some((n) => begins(n, parts))) return 2;
  return begins([...names, ...hints].join(' '), parts) ? 1 : 0;
}

/**
 * @param {string} words
 * @param {string[]} parts
 */
function begins(words, parts) {
  const have = words.split(' ');
  return parts.every((p) => have.some((w) => w.startsWith(p)));
}
