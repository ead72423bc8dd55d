import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type {
  Failure,
  InvokeContext,
  ItemFailure,
  Outcome,
  SyncCall,
  SyncInvoker,
  WireValue,
} from "@syncline/core/spi";
import { failed, failure, stopped, unlessAborted } from "@syncline/core/transport-kit";
import { connectFailure, publishFailure } from "./classify.ts";
import { type LastingConnection, ping } from "./connection.ts";
import { headersOf, payloadOf } from "./message.ts";
import { checkParts } from "./options.ts";
import { subjectOf } from "./subject.ts";

/** Each item is a message of its own, and is taken when the broker's acknowledgement says so. */
export class NatsInvoker implements SyncInvoker {
  readonly #connection: LastingConnection;
  readonly #clean: (text: string) => string;
  #closed = false;

  constructor(connection: LastingConnection, clean: (text: string) => string) {
    this.#connection = connection;
    this.#clean = clean;
  }

  async invoke(call: SyncCall, context: InvokeContext): Promise<Outcome> {
    if (this.#closed) return failed(failure("cancelled", "nats.closed", "the transport is closed", "no"));
    if (context.signal.aborted) return failed(stopped("nats", context, false));
    const [problem] = checkParts(call);
    if (problem !== undefined)
      return failed(failure("misconfigured", "nats.strategy", `${problem.at} ${problem.message}`, "no"));
    const subjects = call.items.map(({ key }) => subjectOf(call.path, key));
    const unsendable = subjects.flatMap((found, index) =>
      "fault" in found ? [{ index, failure: failure("rejected", "nats.subject", found.fault, "no") }] : [],
    );
    if (unsendable.length > 0) return { status: "unsendable", failures: unsendable };
    const connection = await this.#connect(context);
    if (!("publish" in connection)) return failed(connection);
    const texts = subjects.map((found) => ("subject" in found ? found.subject : ""));
    return this.#publishAll(connection, call, texts, context);
  }

  async check(context: InvokeContext): Promise<Failure | undefined> {
    const connection = await this.#connect(context);
    if (!("publish" in connection)) return connection;
    try {
      const pong = await unlessAborted(
        ping(connection).then(() => true),
        context.signal,
      );
      return pong === undefined ? stopped("nats", context, false) : undefined;
    } catch (error) {
      return connectFailure(error, this.#clean);
    }
  }

  describe(call: SyncCall): { readonly [part: string]: WireValue } {
    const [problem] = checkParts(call);
    if (problem !== undefined) return { problem: `${problem.at} ${problem.message}` };
    return {
      messages: call.items.map((item) => {
        const told = Object.fromEntries([...headersOf(call, item, {})].map(([name, [value = ""]]) => [name, value]));
        return { ...subjectOf(call.path, item.key), headers: told, body: payloadOf(call, item) };
      }),
    };
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#connection.close();
  }

  async #connect(context: InvokeContext): Promise<NatsConnection | Failure> {
    try {
      return (await unlessAborted(this.#connection.get(), context.signal)) ?? stopped("nats", context, false);
    } catch (error) {
      return connectFailure(error, this.#clean);
    }
  }

  async #publishAll(
    connection: NatsConnection,
    call: SyncCall,
    subjects: readonly string[],
    context: InvokeContext,
  ): Promise<Outcome> {
    const js = jetstream(connection);
    // The signal ends the wait; the client's own limit is only there to clear its books, a second later.
    const timeout = Math.max(1, context.deadline - Date.now()) + 1_000;
    const ends: (Failure | "taken" | undefined)[] = call.items.map(() => undefined);
    const sends = call.items.map(async (item, index) => {
      try {
        await js.publish(subjects[index] ?? "", payloadOf(call, item), {
          headers: headersOf(call, item, context.trace),
          timeout,
        });
        ends[index] = "taken";
      } catch (error) {
        ends[index] = publishFailure(error, this.#clean);
      }
    });
    await unlessAborted(Promise.all(sends), context.signal);
    if (ends.includes(undefined)) void this.#connection.doubt(connection);
    const unanswered = stopped("nats", context, true);
    return outcomeOf(ends.map((end) => end ?? unanswered));
  }
}

function outcomeOf(ends: readonly (Failure | "taken")[]): Outcome {
  const failures: ItemFailure[] = ends.flatMap((end, index) => (end === "taken" ? [] : [{ index, failure: end }]));
  const [first] = failures;
  if (first === undefined) return { status: "accepted" };
  // What befalls all alike befalls the call: an outage must open the breaker, however many items it met.
  const alike =
    failures.length === ends.length && failures.every(({ failure: { kind } }) => kind === first.failure.kind);
  const unclear = failures.find(({ failure: { effect } }) => effect === "maybe") ?? first;
  return alike ? failed(unclear.failure) : { status: "partial", failures };
}
