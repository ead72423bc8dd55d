/** What a parent asks one of its processes. */
export interface Question {
  readonly number: number;
  readonly command: string;
  readonly argument: unknown;
}

export interface Answer {
  readonly number: number;
  readonly result?: unknown;
  readonly error?: string;
}
