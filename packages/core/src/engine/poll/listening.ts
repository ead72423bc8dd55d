import type { ChangeSignal } from "../../contracts/change-signal.ts";
import type { EventHub } from "../events.ts";

/** Hears of new changes where the database can tell. Polling stays the truth. */
export class Listening {
  readonly #signal: ChangeSignal | undefined;
  readonly #events: EventHub;
  readonly #changesCame: () => void;
  #listening: Promise<(() => Promise<void>) | undefined> | undefined;

  constructor(signal: ChangeSignal | undefined, events: EventHub, changesCame: () => void) {
    this.#signal = signal;
    this.#events = events;
    this.#changesCame = changesCame;
  }

  start(): void {
    this.#listening = this.#listen();
  }

  async #listen(): Promise<(() => Promise<void>) | undefined> {
    try {
      return await this.#signal?.listen(this.#changesCame);
    } catch (error) {
      this.#events.emit("error", { during: "listen", error });
      return undefined;
    }
  }

  /** A signal that begins to be listened to only now is not left on either. */
  async stop(): Promise<void> {
    try {
      await (await this.#listening)?.();
    } catch (error) {
      this.#events.emit("error", { during: "unlisten", error });
    }
  }
}
