// @ts-check
// How many numbers one person takes in one sitting. A kiosk knows no persons: whoever begins within
// a few seconds of the last one's end is taken to be the same, because stepping up takes longer.

/** From leaving the last screen to the next touch. */
const SAME_MS = 3_000;

/** @param {() => number} clock in milliseconds */
export function sitting(clock = () => performance.now()) {
  let taken = 0;
  let ended = -Infinity;
  return {
    /**
     * Whether one more may be taken.
     * @param {number} limit 0 for none
     */
    may(limit) {
      if (clock() - ended > SAME_MS) taken = 0;
      return limit <= 0 || taken < limit;
    },
    took: () => void taken++,
    gaveBack: () => void (taken = Math.max(0, taken - 1)),
    /** The person leaves the screen. */
    ends: () => void (ended = clock()),
    /** Nobody was there for a while. */
    forget: () => void (taken = 0),
  };
}
