/** Of the time at most a twentieth goes into full scans. */
const share = 20;
/** A full scan that is shorter is not worth avoiding. */
const shortMs = 10;

/**
 * When a scan has to begin at the beginning. Rows that were delivered stay in the index until the
 * database takes them away (vacuum, ghost cleanup), and while somebody holds an old snapshot it
 * can't: each scan steps over all of them. So once that takes long, scans begin where the last ones
 * found nothing before, and a full one from time to time finds what came late.
 */
export class FullScans {
  #nextAt = Number.NEGATIVE_INFINITY;

  isDue(): boolean {
    return performance.now() >= this.#nextAt;
  }

  took(ms: number): void {
    this.#nextAt = performance.now() + (ms > shortMs ? ms * share : 0);
  }
}
