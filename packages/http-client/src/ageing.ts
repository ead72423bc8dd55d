/** How to deal with a pool of connections that is replaced. */
export interface PoolCare<Pool> {
  make(): Pool;
  /** No new calls come to it; it ends when those that it has are answered. */
  retire(pool: Pool): Promise<void>;
  destroy(pool: Pool): Promise<void>;
}

/**
 * A pool that is replaced when it is old. Under steady traffic a connection that is kept never
 * becomes idle: it would stay with the address that the name had when it began, long after the
 * downstream has moved, as long as anybody answers there.
 */
export class AgeingPool<Pool> {
  readonly #care: PoolCare<Pool>;
  readonly #ageMs: number;
  readonly #retired = new Set<Pool>();
  #pool: Pool;
  #oldAt: number;

  constructor(care: PoolCare<Pool>, ageMs = 300_000) {
    this.#care = care;
    this.#ageMs = ageMs;
    this.#pool = care.make();
    this.#oldAt = performance.now() + ageMs;
  }

  /** For the next call. */
  get(): Pool {
    if (performance.now() >= this.#oldAt) this.#replace();
    return this.#pool;
  }

  async destroy(): Promise<void> {
    this.#oldAt = Number.POSITIVE_INFINITY;
    await Promise.all([this.#pool, ...this.#retired].map((pool) => this.#care.destroy(pool)));
  }

  #replace(): void {
    const old = this.#pool;
    this.#pool = this.#care.make();
    this.#oldAt = performance.now() + this.#ageMs;
    this.#retired.add(old);
    const forget = () => this.#retired.delete(old);
    this.#care.retire(old).then(forget, forget);
  }
}
