import type { Problem, Strategy, Transport } from "@syncline/core/spi";
import {
  type Check,
  checkTls,
  isInteger,
  isLimits,
  isListOf,
  isObject,
  isSecretSource,
  isText,
  type SecretSource,
  satisfies,
  type TlsOptions,
} from "@syncline/core/transport-kit";
import { checkSubject } from "./subject.ts";

export interface NatsOptions {
  /** `host:port` or `nats://host:port`. One is chosen at random, the others are tried where it cannot be reached. */
  readonly servers: string | readonly string[];
  /** `credentials`: the text of a `.creds` file. */
  readonly auth?:
    | { readonly user: string; readonly password: SecretSource }
    | { readonly token: SecretSource }
    | { readonly credentials: SecretSource };
  /** Demands TLS; `{}` trusts the system's authorities. Without it TLS is used where the server offers it. */
  readonly tls?: TlsOptions;
  /** Default 5,000. */
  readonly connectTimeoutMs?: number;
  readonly limits?: Exclude<Transport["limits"], undefined>;
}

const isServer = satisfies(
  (value) => typeof value === "string" && /^(nats:\/\/)?[^\s/@?#]+$/.test(value),
  "must be host:port or nats://host:port; who calls is said in `auth`",
);

const isServers: Check = (value, at, problems) =>
  Array.isArray(value) ? isListOf(isServer)(value, at, problems) : isServer(value, at, problems);

const authFields = isObject({
  user: isText,
  password: isSecretSource,
  token: isSecretSource,
  credentials: isSecretSource,
});

const isAuth: Check = (value, at, problems) => {
  authFields(value, at, problems);
  const names = Object.keys(value ?? {}).sort();
  if (!["password,user", "token", "credentials"].includes(names.join()))
    problems.push({ at, message: "must be { user, password }, { token } or { credentials }" });
};

const checkAll = isObject(
  { servers: isServers, auth: isAuth, tls: checkTls, connectTimeoutMs: isInteger(1, 600_000), limits: isLimits },
  ["servers"],
);

export function checkNatsOptions(options: unknown): readonly Problem[] {
  const problems: Problem[] = [];
  checkAll(options, "", problems);
  return problems;
}

/** `stream`: the one that must take the messages; any other that listens on the subject refuses them. */
const checkStrategyOptions = isObject({ stream: satisfies((value) => isStreamName(value), "must be a stream's name") });

function isStreamName(value: unknown): boolean {
  return typeof value === "string" && /^[\w-]{1,255}$/.test(value);
}

type SendingParts = Pick<Strategy, "path" | "method" | "options">;

/** What is wrong with what a strategy, or a call, says for this transport. `fields`: of its key, where they are known. */
export function checkParts(parts: SendingParts, fields?: readonly string[]): readonly Problem[] {
  const problems: Problem[] = checkSubject(parts.path, fields).map((message) => ({ at: "path", message }));
  if (parts.method !== undefined) problems.push({ at: "method", message: "has no meaning for a broker: leave it out" });
  checkStrategyOptions(parts.options, "options", problems);
  return problems;
}
