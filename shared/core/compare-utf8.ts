/**
 * Compares texts as Redis does, by their UTF-8 bytes, which is the order of their characters' numbers.
 * JavaScript compares UTF-16 units, where characters beyond U+FFFF come before those from U+E000 on.
 */

const SURROGATES_FROM = 0xd800;
const BEHIND_SURROGATES = 0xe000;
const MOVED_DOWN = BEHIND_SURROGATES - SURROGATES_FROM;

/** Moves surrogates, which stand for the highest characters, behind all other units. */
const rankOf = (unit: number): number => {
  if (unit < SURROGATES_FROM) return unit;
  return unit < BEHIND_SURROGATES ? unit + BEHIND_SURROGATES : unit - MOVED_DOWN;
};

/** Negative when `a` comes first; texts are well-formed, as everything decoded from UTF-8 is. */
export const compareUtf8 = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const one = a.charCodeAt(i);
    const other = b.charCodeAt(i);
    if (one !== other) return rankOf(one) - rankOf(other);
  }
  return a.length - b.length;
};
