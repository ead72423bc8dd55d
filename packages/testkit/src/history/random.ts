/** A seeded source of choices: the same seed gives the same choices, on any machine. */
export interface Random {
  /** A number from 0 up to, but without, 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** One of the list; throws a RangeError when the list is empty. */
  pick<T>(list: readonly T[]): T;
  /** True with probability `p`. */
  chance(p: number): boolean;
  /** A source of its own, decided by this one's seed and the label alone: not by what was drawn before. */
  fork(label: string): Random;
}

/** A source whose choices are decided by `seed`. */
export function seededRandom(seed: number | string): Random {
  const text = String(seed);
  let state = hash(text);
  const next = (): number => {
    // mulberry32: 32 bits of state suffice for choosing, and it is the same on every engine.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    integer,
    pick: (list) => {
      if (list.length === 0) throw new RangeError("There is nothing to pick from: the list is empty");
      return list[integer(0, list.length - 1)] as (typeof list)[number];
    },
    chance: (p) => next() < p,
    fork: (label) => seededRandom(`${text}/${label}`),
  };
}

/** FNV-1a over the text's UTF-16 units: spreads neighbouring seeds far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value | 0;
}
