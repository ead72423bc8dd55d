import type { Load } from "../drain/run-drain.ts";

/** Each of `rows` rows changed once. */
export function eachOnce(rows: number, strategies = 1): Load {
  return {
    ids: Uint32Array.from({ length: rows }, (_, index) => index + 1),
    rows,
    expected: { ids: rows, total: rows * strategies },
  };
}

/** Each row changed `times` times, in an order that is random but the same in every run. */
export function hot(rows: number, times: number): Load {
  const ids = Uint32Array.from({ length: rows * times }, (_, index) => (index % rows) + 1);
  let state = 1;
  for (let last = ids.length - 1; last > 0; last -= 1) {
    // Lehmer's generator: a seed that is ours, which Math.random's is not.
    state = (state * 48_271) % 2_147_483_647;
    const other = state % (last + 1);
    const kept = ids[last] ?? 0;
    ids[last] = ids[other] ?? 0;
    ids[other] = kept;
  }
  return { ids, rows, expected: { ids: rows, total: rows } };
}
