import { discard } from "../discard.ts";
import type { PgPool } from "../driver.ts";
import type { ReadFence } from "./replica-fence.ts";

/** Between two tries. */
const pauseMs = 1_000;

/** Asks in the background whether a source that was unfit can serve again. One try at a time. */
export class SourceProbe {
  readonly #source: PgPool;
  readonly #fence: ReadFence;
  readonly #onFit: () => void;
  readonly #closing = new AbortController();
  #trying: Promise<void> | undefined;
  #notBefore = 0;

  constructor(source: PgPool, fence: ReadFence, onFit: () => void) {
    this.#source = source;
    this.#fence = fence;
    this.#onFit = onFit;
  }

  /** Unless one is under way, or was a moment ago. */
  start(): void {
    if (this.#trying !== undefined || this.#closing.signal.aborted || performance.now() < this.#notBefore) return;
    this.#trying = this.#try().finally(() => {
      this.#notBefore = performance.now() + pauseMs;
      this.#trying = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#trying;
  }

  /** What it fails with is what reads failed with. */
  async #try(): Promise<void> {
    const client = await this.#source.connect().catch(() => undefined);
    if (client === undefined) return;
    const ignore = () => {};
    client.on("error", ignore);
    try {
      await this.#fence.admit(client, this.#closing.signal);
      client.removeListener("error", ignore);
      client.release();
      this.#onFit();
    } catch {
      discard(client);
    }
  }
}
