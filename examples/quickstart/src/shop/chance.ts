/** True as often as the probability says. */
export function chance(probability: number): boolean {
  return Math.random() < probability;
}

/** A whole number from 1 to `highest`. */
export function idUpTo(highest: number): number {
  return 1 + Math.floor(Math.random() * highest);
}
