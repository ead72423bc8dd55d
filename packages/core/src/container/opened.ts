import type { Container } from "inversify";
import type { DatabaseSession } from "../contracts/database-adapter.ts";
import type { SyncInvoker } from "../contracts/sync-invoker.ts";
import { wordlessError } from "../engine/guard/wordless-error.ts";
import { SynclineError } from "../model/errors.ts";
import { unlessAborted } from "../transport-kit/unless-aborted.ts";
import { TOKENS } from "./tokens.ts";

/**
 * Nothing is in flight any more when a transport closes: it has sockets to end, and no reason to
 * take longer.
 */
const transportMs = 2_000;
/** For what is opened after all was closed, by work that nobody could end. */
const lateMs = 10_000;

/**
 * What the container has opened, whoever asked it to: invokers and the database's session. Each is
 * closed once; what is opened after the closing is closed at once.
 */
export class Opened {
  readonly #container: Container;
  readonly #names = new Map<SyncInvoker, string>();
  readonly #invokers = new Set<SyncInvoker>();
  #session: DatabaseSession | undefined;
  #isOver = false;

  /** After all that wraps or rebinds: it hears of what they made. */
  constructor(container: Container) {
    this.#container = container;
    container.onActivation(TOKENS.SyncInvoker, (_, invoker) => {
      // What a transport gives instead of an invoker is refused by whoever asked for it.
      if (typeof invoker === "object" && invoker !== null) this.#invokers.add(invoker);
      if (this.#isOver) void this.closeInvokers(AbortSignal.timeout(lateMs));
      return invoker;
    });
    container.onActivation(TOKENS.DatabaseSession, (_, session) => {
      this.#session = session;
      if (this.#isOver) void this.closeSession(AbortSignal.timeout(lateMs));
      return session;
    });
  }

  /** Errors: whatever the transport's `open` throws. */
  invoker(downstream: string): SyncInvoker {
    const invoker = this.#container.get(TOKENS.SyncInvoker, { name: downstream });
    this.#names.set(invoker, downstream);
    return invoker;
  }

  /** A transport that does not close, or not in time, keeps neither the others nor the database open. */
  async closeInvokers(end: AbortSignal): Promise<void> {
    this.#isOver = true;
    const invokers = [...this.#invokers];
    this.#invokers.clear();
    await Promise.all(invokers.map((invoker) => this.#closeInvoker(invoker, end)));
  }

  async closeSession(end: AbortSignal): Promise<void> {
    this.#isOver = true;
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    try {
      await orTooLate("The database's session", session.close(), end);
    } catch (error) {
      this.#container.get(TOKENS.EventHub).emit("error", { during: "close", error });
    }
  }

  async #closeInvoker(invoker: SyncInvoker, end: AbortSignal): Promise<void> {
    const name = this.#names.get(invoker) ?? "(unnamed)";
    const limit = AbortSignal.any([end, AbortSignal.timeout(transportMs)]);
    try {
      await orTooLate(`The transport of "${name}"`, invoker.close?.(), limit);
    } catch (error) {
      this.#container.get(TOKENS.Faults).caught(`downstream ${name}`, "close", error);
      this.#container.get(TOKENS.EventHub).emit("error", { during: "close", error: wordlessError(error) });
    }
  }
}

async function orTooLate(what: string, closing: unknown, limit: AbortSignal): Promise<void> {
  const closed = await unlessAborted(
    Promise.resolve(closing).then(() => true),
    limit,
  );
  if (closed !== true) throw new SynclineError("operation.aborted", `${what} did not close in time.`);
}
