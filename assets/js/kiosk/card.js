// @ts-check
// The code on a citizen card. Nothing of it leaves this file but an age in years: not the number,
// not the name, not the day of birth. The text is not kept, not sent and not written anywhere; a
// test scans a card and looks for it on disk, in the log and in every request.

/** What the code of a card begins with: twelve digits, then fields between strokes. */
const CARD = /^\d{12}\|(?:[^|]*\|){5}/;

/** @param {string} code */
export function isCard(code) {
  return CARD.test(code);
}

/**
 * The age of whom the card was issued to, null when its date of birth is none.
 * @param {string} code with at least seven fields: number, old number, name, birth as ddmmyyyy, …
 * @param {string} today the hall's date, yyyy-mm-dd
 * @returns {number | null}
 */
export function ageOn(code, today) {
  const born = /^(\d\d)(\d\d)(\d{4})$/.exec(code.split('|')[3] ?? '');
  if (!born) return null;
  const [day, month, year] = [Number(born[1]), Number(born[2]), Number(born[3])];
  const [y, m, d] = today.split('-').map(Number);
  if (month < 1 || month > 12 || day < 1 || day > 31) return null;
  const age = y - year - (m < month || (m === month && d < day) ? 1 : 0);
  return age >= 0 && age < 150 ? age : null;
}

/**
 * The priority group that age alone gives: the one with the highest age reached.
 * @param {any[]} groups of the centre, some with min_age
 * @param {number | null} age
 * @returns {string} its id, "" for none
 */
export function groupFor(groups, age) {
  let best = /** @type {any} */ (null);
  for (const g of groups) {
    if (g.min_age > 0 && age !== null && age >= g.min_age && (!best || g.min_age > best.min_age)) best = g;
  }
  return best ? best.id : '';
}
