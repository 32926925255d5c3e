/** How far numbers are from what they should be, in parts of the largest magnitude that they should have. */
export interface Difference {
  readonly relative: number;
  readonly at: number;
}

/**
 * The largest difference of two arrays over the largest magnitude of `expected`.
 *
 * @param counts whether the element at an index is compared
 */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>, counts: (index: number) => boolean = () => true): Difference {
  if (actual.length !== expected.length) throw new Error(`${actual.length} numbers instead of ${expected.length}`);
  let [largest, magnitude, at] = [0, 0, 0];
  for (let index = 0; index < expected.length; index++) {
    if (!counts(index)) continue;
    magnitude = Math.max(magnitude, Math.abs(expected[index] as number));
    const difference = Math.abs((actual[index] as number) - (expected[index] as number));
    // Written so that a NaN counts as a difference.
    if (!(difference <= largest)) [largest, at] = [difference, index];
  }
  return { relative: largest / magnitude, at };
}
