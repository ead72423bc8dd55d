export interface Problem {
  /** What Oracle would say, by its number; `undefined` where it takes the text, and does something else than is meant. */
  readonly number: number | undefined;
  readonly message: string;
  /** Where in the text. */
  readonly offset: number;
}

export function problem(number: number | undefined, message: string, offset: number): Problem {
  return { number, message, offset };
}
