import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { InvokeContext, Logger, Outcome, SyncCall, SyncInvoker, TransportCapabilities } from "@syncline/core/spi";
import type { Check } from "../suite/check.ts";
import { callOf, orderItem } from "./calls.ts";
import type { DownstreamControl } from "./downstream-control.ts";
import { accepted, becomes, soon, wellFormed } from "./expectations.ts";
import type { TransportFixture } from "./fixture.ts";

/** What a transport can say of itself. */
export type TransportCapability = keyof TransportCapabilities;
export type TransportCheck = Check<TransportFixture, TransportCapability>;

/** A downstream, and a transport that is open. */
export class TransportScene {
  readonly fixture: TransportFixture;
  readonly downstream: DownstreamControl;
  readonly invoker: SyncInvoker;
  /** All that was logged, as text. */
  readonly logged: string[] = [];

  constructor(fixture: TransportFixture) {
    this.fixture = fixture;
    this.downstream = fixture.downstream;
    const keep = (fields: unknown, message: string) => {
      this.logged.push(`${message} ${inspect(fields, { depth: 10 })}`);
    };
    const log: Logger = { debug: keep, info: keep, warn: keep, error: keep };
    this.invoker = fixture.transport.open({ downstream: "conformance", log });
  }

  /** One order, as a call by itself. */
  single(orderId = "42", more: Partial<SyncCall> = {}): SyncCall {
    return callOf(this.fixture.single, [orderItem(orderId, this.document(orderId))], more);
  }

  /** So many orders, from 0, as a list. */
  list(count: number, more: Partial<SyncCall> = {}): SyncCall {
    const { batch } = this.fixture;
    if (batch === undefined) throw new TypeError("The fixture has no `batch`, though the transport declares lists.");
    const items = Array.from({ length: count }, (_, index) => orderItem(`${index}`, this.document(`${index}`)));
    return callOf(batch, items, { batched: true, ...more });
  }

  document(orderId: string) {
    return this.fixture.document?.(orderId) ?? { id: orderId, total: "12.50" };
  }

  /** One attempt: it must resolve with a well-formed outcome, whatever happens. */
  async invoke(call: SyncCall, context: InvokeContext = unhurried()): Promise<Outcome> {
    const attempt = (async () => this.invoker.invoke(call, context))().catch((error: unknown) => {
      const message = `an outcome is owed, whatever happens; it threw ${inspect(error)}`;
      throw new assert.AssertionError({ message });
    });
    const outcome = await soon("the call", attempt, 20_000);
    wellFormed(outcome, call.items.length);
    return outcome;
  }

  /** Waits until so many calls have come in. What an attempt throws meanwhile says better than their absence what is wrong. */
  async arrival(count: number, attempts: readonly Promise<Outcome>[]): Promise<void> {
    const thrown = new Promise<never>((_, reject) => {
      for (const attempt of attempts) attempt.catch(reject);
    });
    const arrived = becomes(
      "calls that came in",
      () => this.downstream.received.length,
      (received) => received === count,
    );
    await Promise.race([arrived, thrown]);
  }

  /** What a call that was given up held is free again. */
  async givenUp(): Promise<void> {
    if (this.fixture.lastingConnection === true) {
      accepted(await this.invoke(this.single("98")), "the next call on the same connection");
      return;
    }
    await becomes(
      "the connection is given up",
      () => this.downstream.connections,
      (count) => count === 0,
    );
  }

  /** How many calls had come in whole once another one, sent after them, has been answered. */
  async receivedBefore(marker = "99"): Promise<number> {
    const outcome = await this.invoke(this.single(marker));
    assert.equal(outcome.status, "accepted", `the next call was to be accepted: ${inspect(outcome, { depth: 5 })}`);
    return this.downstream.received.length - 1;
  }
}

/** A check with a scene of its own, whose transport is closed after it. */
export function transportCheck(
  name: string,
  run: (scene: TransportScene) => Promise<void>,
  ...requires: readonly TransportCapability[]
): TransportCheck {
  return {
    name,
    requires,
    run: async (fixture) => {
      const scene = new TransportScene(fixture);
      try {
        await run(scene);
      } finally {
        // Checks of closing look at what it does; here it only must not keep the process, nor the check.
        await soon("closing", Promise.resolve(scene.invoker.close?.())).catch(() => {});
      }
    },
  };
}

export function unhurried(): InvokeContext {
  return { signal: new AbortController().signal, deadline: Date.now() + 60_000, trace: {} };
}

/** The signal fires a moment after the deadline, so that no clock's rounding makes a deadline a cancellation. */
export function dueIn(ms: number): InvokeContext {
  return { signal: AbortSignal.timeout(ms + 10), deadline: Date.now() + ms, trace: {} };
}

/** A context that the check ends itself. */
export function cancellable(): { readonly context: InvokeContext; readonly cancel: () => void } {
  const controller = new AbortController();
  const context = { signal: controller.signal, deadline: Date.now() + 60_000, trace: {} };
  return { context, cancel: () => controller.abort() };
}
