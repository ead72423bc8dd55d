import { type Client, Metadata } from "@grpc/grpc-js";
import type { Failure, Problem } from "@syncline/core/spi";
import {
  AddressGuard,
  failure,
  Secret,
  SecretKeeper,
  type SecretSource,
  secretFailure,
  unlessAborted,
} from "@syncline/core/transport-kit";
import { openChannel } from "./channel.ts";
import { connectionFailure, tlsFailure } from "./connection-failure.ts";
import { ConnectionGuard } from "./guarded-credentials.ts";
import type { GrpcOptions } from "./options.ts";
import { isUnauthorized, reflect } from "./reflection.ts";
import { ReflectionError } from "./reflection-room.ts";
import { type LoadedSchema, readSchema, type Schema } from "./schema.ts";

export type Ready = { readonly client: Client } | { readonly failure: Failure };

const isAscii = (value: string): string | undefined =>
  /^[\x20-\x7e]*$/.test(value) ? undefined : "holds characters that no metadata can carry";

// A server that does not answer holds up no other downstream's start; the asking goes on beside it.
const startingMs = 2_000;
const reflectingMs = 10_000;

/**
 * What one downstream needs to be called: its channel, its schema, its credentials. All of it comes
 * on first use. A schema of the operator's own is read once; what a server tells of itself may be
 * told anew.
 */
export class Connection {
  readonly keeper = new SecretKeeper();
  readonly #options: GrpcOptions;
  #schema: Schema | undefined;
  #client: Client | undefined;
  #oldAt = 0;
  #reflecting: Promise<Schema> | undefined;
  #read: Promise<LoadedSchema> | undefined;
  readonly #closing = new AbortController();
  readonly #guard: ConnectionGuard;

  constructor(options: GrpcOptions) {
    this.#options = options;
    const network = options?.network;
    this.#guard = new ConnectionGuard(new AddressGuard(network), network?.privateNetworks !== false);
  }

  /** What a call that found no connection came to, if it is for the operator to mend: nothing was sent. */
  get refusal(): Failure | undefined {
    const { refusal } = this.#guard;
    return refusal === undefined ? undefined : connectionFailure(refusal);
  }

  get schema(): Schema | undefined {
    return this.#schema;
  }

  /**
   * What strategies are checked against when the pipeline starts: the operator's own, never what a
   * server tells today.
   */
  get ownSchema(): Schema | undefined {
    return "reflection" in this.#options.schema ? undefined : this.#schema;
  }

  /** `Transport.prepare`: files must be there; what a server tells of itself is for the calls to find out. */
  async prepare(signal: AbortSignal): Promise<readonly Problem[]> {
    const { schema } = this.#options;
    if ("reflection" in schema) {
      await this.ready(AbortSignal.any([signal, AbortSignal.timeout(startingMs)]));
      return [];
    }
    const loaded = await unlessAborted(this.#readOnce(schema), signal);
    return loaded !== undefined && "problems" in loaded ? loaded.problems : [];
  }

  /** `undefined` if the signal fired first. */
  async ready(signal: AbortSignal): Promise<Ready | undefined> {
    try {
      if (this.#client === undefined || performance.now() >= this.#oldAt) this.#open();
    } catch (error) {
      return { failure: connectionFailure(error as NodeJS.ErrnoException) ?? tlsFailure("TLS cannot be set up") };
    }
    const client = this.#client as Client;
    if (this.#schema !== undefined) return { client };
    if (!("reflection" in this.#options.schema)) {
      const loaded = await unlessAborted(this.#readOnce(this.#options.schema), signal);
      if (loaded === undefined) return undefined;
      if ("schema" in loaded) return { client };
      const words = loaded.problems.map(({ at, message }) => `${at} ${message}`).join("; ");
      return { failure: failure("misconfigured", "grpc.schema", words, "no") };
    }
    try {
      return (await unlessAborted(this.#reflect(client), signal)) === undefined ? undefined : { client };
    } catch (error) {
      if (this.refusal !== undefined) return { failure: this.refusal };
      // Without a schema no call comes to look again for secrets that were rotated.
      this.keeper.forget();
      if (isUnauthorized(error))
        return { failure: failure("unauthorized", "grpc.reflection", "its reflection refuses the credentials", "no") };
      const isRefused = error instanceof ReflectionError;
      const words = isRefused
        ? `its reflection is refused: ${error.message}`
        : "its reflection did not tell the schema";
      return { failure: failure(isRefused ? "misconfigured" : "unavailable", "grpc.reflection", words, "no") };
    }
  }

  /**
   * Something did not fit the schema, which may have changed at the server. The known one stays
   * until there is another.
   */
  async renew(signal: AbortSignal): Promise<void> {
    const { schema } = this.#options;
    if (!("reflection" in schema) || this.#schema === undefined || this.#client === undefined) return;
    await unlessAborted(this.#reflect(this.#client), signal).catch(() => undefined);
  }

  async metadata(): Promise<{ readonly metadata: Metadata } | { readonly failure: Failure }> {
    try {
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(this.#options.metadata ?? {})) {
        metadata.set(name, /^(env|file):/.test(value) ? await this.#reveal(value) : value);
      }
      const { auth } = this.#options;
      if (auth !== undefined) metadata.set("authorization", `Bearer ${await this.#reveal(auth.bearer)}`);
      return { metadata };
    } catch (error) {
      return { failure: secretFailure("grpc.secret", error, (text) => this.keeper.scrub(text)) };
    }
  }

  /** A channel keeps the address that it found first for as long as anybody answers there. */
  #open(): void {
    const old = this.#client;
    this.#client = openChannel(this.#options, this.#guard);
    this.#oldAt = performance.now() + (this.#options.connectionAgeMs ?? 300_000);
    // Calls under way end on it.
    old?.close();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#oldAt = Number.POSITIVE_INFINITY;
    this.#client?.close();
  }

  async #reveal(source: SecretSource): Promise<string> {
    const secret = this.keeper.resolve(source, isAscii);
    return (secret instanceof Secret ? secret : await secret).reveal();
  }

  #readOnce(schema: Parameters<typeof readSchema>[0]): Promise<LoadedSchema> {
    this.#read ??= readSchema(schema).then((loaded) => {
      if ("schema" in loaded) this.#schema = loaded.schema;
      return loaded;
    });
    return this.#read;
  }

  /** One conversation at a time, however many calls wait for it; a failed one is begun anew by the next call. */
  #reflect(client: Client): Promise<Schema> {
    this.#reflecting ??= this.#reflectOnce(client).finally(() => {
      this.#reflecting = undefined;
    });
    return this.#reflecting;
  }

  async #reflectOnce(client: Client): Promise<Schema> {
    const found = await this.metadata();
    const metadata = "metadata" in found ? found.metadata : new Metadata();
    this.#schema = await reflect(
      client,
      metadata,
      AbortSignal.any([AbortSignal.timeout(reflectingMs), this.#closing.signal]),
    );
    return this.#schema;
  }
}
