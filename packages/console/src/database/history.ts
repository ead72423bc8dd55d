/** What a strategy was like over time: 60 points, the newest last; `null`: nobody looked. */
export interface StrategyHistory {
  /** Of the oldest change not yet delivered, in milliseconds. */
  readonly ageMs: readonly (number | null)[];
  readonly waiting: readonly (number | null)[];
  /** By this process. */
  readonly delivered: readonly (number | null)[];
  readonly failed: readonly (number | null)[];
}

type Series = keyof StrategyHistory;
const points = 60;
/** Strategies come and go; the table may be anybody's. */
const mostStrategies = 5_000;

/** A number for each of the last points, by the number of the point since 1970. */
class Ring {
  readonly #values: (number | null)[] = Array(points).fill(null);
  #newest = -1;

  set(point: number, value: number): void {
    this.#move(point);
    this.#values[point % points] = value;
  }

  add(point: number, value: number): void {
    this.#move(point);
    this.#values[point % points] = (this.#values[point % points] ?? 0) + value;
  }

  read(point: number): readonly (number | null)[] {
    this.#move(point);
    return Array.from({ length: points }, (_, at) => this.#values[(point + 1 + at) % points] ?? null);
  }

  #move(point: number): void {
    for (let next = Math.max(this.#newest + 1, point - points + 1); next <= point; next += 1)
      this.#values[next % points] = null;
    this.#newest = Math.max(this.#newest, point);
  }
}

/** History in memory, since the console is there. */
export class History {
  readonly #byStrategy = new Map<string, { readonly [Name in Series]: Ring }>();
  /** Between two points. */
  readonly everyMs: number;
  readonly #now: () => number;

  constructor(everyMs: number, now: () => number = Date.now) {
    this.everyMs = everyMs;
    this.#now = now;
  }

  set(strategy: string, series: Series, value: number): void {
    this.#of(strategy)?.[series].set(this.#point(), value);
  }

  /** Also zero, which is a number, and not silence. */
  add(strategy: string, series: Series, value: number): void {
    this.#of(strategy)?.[series].add(this.#point(), value);
  }

  read(strategy: string): StrategyHistory | undefined {
    const rings = this.#byStrategy.get(strategy);
    const point = this.#point();
    return rings === undefined
      ? undefined
      : {
          ageMs: rings.ageMs.read(point),
          waiting: rings.waiting.read(point),
          delivered: rings.delivered.read(point),
          failed: rings.failed.read(point),
        };
  }

  keep(strategies: ReadonlySet<string>): void {
    for (const name of this.#byStrategy.keys()) if (!strategies.has(name)) this.#byStrategy.delete(name);
  }

  #of(strategy: string) {
    const known = this.#byStrategy.get(strategy);
    if (known !== undefined || this.#byStrategy.size >= mostStrategies) return known;
    const made = { ageMs: new Ring(), waiting: new Ring(), delivered: new Ring(), failed: new Ring() };
    this.#byStrategy.set(strategy, made);
    return made;
  }

  #point(): number {
    return Math.floor(this.#now() / this.everyMs);
  }
}
