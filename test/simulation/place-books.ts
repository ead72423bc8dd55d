/** What one strategy owes one key, and what its downstream has of it. */
export interface PlaceBook {
  /** The newest revision that a dispatch gave it. */
  obliged: bigint;
  /** How many states the key had had when each revision was given. */
  readonly states: Map<bigint, number>;
  /** Where every change goes out: revisions that must. */
  readonly expected: Set<bigint>;
  /** An operator discarded what was owed. */
  excused: boolean;
  /**
   * Its strategy was not in force when a change of the key was dispatched, and nothing was
   * dispatched for it since.
   */
  missed: boolean;
  /** What the downstream has: JSON text. */
  state: string | undefined;
  newest: bigint;
  readonly applied: Set<bigint>;
}

/** One delivery since it last began anew: what its attempts may be. */
export class Life {
  /** Failures that must count. */
  counts = 0;
  /** Failures, lapsed leases and hanging calls that may. */
  mayCount = 0;
  /** Its downstream asked not to be called before. */
  wish = 0;
  /** And so it was put off. */
  notBefore = 0;
  quietUntil = 0;
  /**
   * It failed before, in this life or another: what alone fails is charged for what costs others
   * nothing.
   */
  hasFailed = false;

  begin(): void {
    this.counts = 0;
    this.mayCount = 0;
    this.wish = 0;
    this.notBefore = 0;
    this.quietUntil = 0;
  }
}

/** What the simulation knows of each (strategy, key), and of each delivery. */
export class PlaceBooks {
  readonly #places = new Map<string, PlaceBook>();
  readonly #lives = new Map<bigint, Life>();

  at(place: string): PlaceBook {
    const found = this.#places.get(place);
    if (found !== undefined) return found;
    const book: PlaceBook = {
      obliged: 0n,
      states: new Map(),
      expected: new Set(),
      excused: false,
      missed: false,
      state: undefined,
      newest: 0n,
      applied: new Set(),
    };
    this.#places.set(place, book);
    return book;
  }

  life(delivery: bigint): Life {
    const found = this.#lives.get(delivery);
    if (found !== undefined) return found;
    const life = new Life();
    this.#lives.set(delivery, life);
    return life;
  }

  get places(): Iterable<[string, PlaceBook]> {
    return this.#places;
  }
}
