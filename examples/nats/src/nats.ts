import { type ConnectionOptions, connect, credsAuthenticator } from "@nats-io/transport-node";
import type { Transport } from "@syncline/core/spi";
import { cleanText, SecretKeeper, type SecretSource, tlsMaterials } from "@syncline/core/transport-kit";
import { LastingConnection } from "./connection.ts";
import { NatsInvoker } from "./nats-invoker.ts";
import { checkNatsOptions, checkParts, type NatsOptions } from "./options.ts";

/** A downstream that is a NATS JetStream stream: each item is a message. No I/O until the first call. */
export function nats(options: NatsOptions): Transport {
  return {
    specVersion: 1,
    name: "@syncline/example-nats",
    capabilities: { batch: true, perItemOutcome: true, delete: true },
    ...(options?.limits === undefined ? {} : { limits: options.limits }),
    checkOptions: () => checkNatsOptions(options),
    checkStrategy: (strategy) => checkParts(strategy, Object.keys(strategy.category.fields)),
    open: ({ downstream }) => {
      const keeper = new SecretKeeper();
      const dial = async () => connect(await connectionOptions(options, downstream, keeper));
      return new NatsInvoker(new LastingConnection(dial), (text) => cleanText(text, (dirty) => keeper.scrub(dirty)));
    },
  };
}

async function connectionOptions(options: NatsOptions, downstream: string, keeper: SecretKeeper) {
  const { servers, auth, tls, connectTimeoutMs } = options;
  const reveal = async (source: SecretSource) => (await keeper.resolve(source)).reveal();
  const settings: ConnectionOptions = {
    servers: typeof servers === "string" ? servers : [...servers],
    name: `syncline ${downstream}`,
    timeout: connectTimeoutMs ?? 5_000,
    reconnect: false,
    // Only the servers that were configured, whatever a cluster says of its members.
    ignoreClusterUpdates: true,
    noAsyncTraces: true,
    pingInterval: 20_000,
  };
  if (tls !== undefined) settings.tls = tlsMaterials(tls) as NonNullable<ConnectionOptions["tls"]>;
  if (auth === undefined) return settings;
  if ("token" in auth) return { ...settings, token: await reveal(auth.token) };
  if ("user" in auth) return { ...settings, user: auth.user, pass: await reveal(auth.password) };
  const credentials = new TextEncoder().encode(await reveal(auth.credentials));
  return { ...settings, authenticator: credsAuthenticator(credentials) };
}
