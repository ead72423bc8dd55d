import type { Effect, Failure, FailureKind } from "@syncline/core/spi";
import { failure } from "@syncline/core/transport-kit";

type Clean = (text: string) => string;

interface NatsError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly operation?: unknown;
  readonly cause?: unknown;
}

/** https://github.com/nats-io/nats-server/blob/main/server/errors.json: those whose status misleads. */
const byApiCode: ReadonlyMap<unknown, readonly [FailureKind, Effect]> = new Map([
  [10002, ["throttled", "no"]], // resource limits exceeded for account
  [10023, ["throttled", "no"]], // insufficient resources
  [10028, ["throttled", "no"]], // memory resource limit exceeded for account
  [10047, ["throttled", "no"]], // insufficient storage resources available
  [10039, ["misconfigured", "no"]], // JetStream not enabled for account
  [10076, ["misconfigured", "no"]], // JetStream not enabled
  [10054, ["too-large", "no"]], // message size exceeds maximum allowed
  [10059, ["misconfigured", "no"]], // stream not found
  [10060, ["misconfigured", "no"]], // expected stream does not match
  [10109, ["misconfigured", "no"]], // invalid operation on sealed stream
]);

/** Why a message was not acknowledged. */
export function publishFailure(error: unknown, clean: Clean): Failure {
  const { name, message = "", cause, status, code } = error as NatsError;
  const words = clean(message);
  if (name === "JetStreamApiError") {
    const [kind, effect] = byApiCode.get(code) ?? byStatus(Number(status), message);
    return failure(kind, `nats.${code}`, `the broker refused: ${words}`, effect);
  }
  if (name === "JetStreamNotEnabled")
    return failure("misconfigured", "nats.no-stream", "no stream takes this subject", "no");
  const inner = (cause ?? error) as NatsError;
  if (inner.name === "PermissionViolationError")
    return failure("unauthorized", "nats.permission", words, inner.operation === "publish" ? "no" : "maybe");
  if (name === "InvalidArgumentError") return failure("too-large", "nats.max-payload", words, "no");
  if (name === "ClosedConnectionError" || name === "DrainingConnectionError")
    return failure("unavailable", "nats.closed", words, "no");
  if (name === "TimeoutError") return failure("unavailable", "nats.timeout", "no acknowledgement came", "maybe");
  if (name === "RequestError") return failure("unavailable", "nats.connection", words, "maybe");
  return failure("transient", "nats.answer", `the answer is no acknowledgement: ${words}`, "maybe");
}

function byStatus(status: number, message: string): readonly [FailureKind, Effect] {
  // A stream that discards nothing and is full, by messages, bytes or messages of a subject. It has no code of its own.
  if (/^maximum .* exceeded$/.test(message)) return ["throttled", "no"];
  if (status === 503) return ["unavailable", "maybe"];
  return status >= 400 && status < 500 ? ["rejected", "no"] : ["transient", "maybe"];
}

/** Why there is no connection. Nothing was sent. */
export function connectFailure(error: unknown, clean: Clean): Failure {
  const { name, message = "", cause, code } = error as NatsError;
  const words = clean(message);
  const detail = String(code ?? (cause as NatsError | undefined)?.code ?? name);
  // A secret that is not there is as good as a wrong one.
  if (name === "SecretError") return failure("unauthorized", "nats.secret", words, "no");
  if (name === "AuthorizationError" || name === "UserAuthenticationExpiredError")
    return failure("unauthorized", "nats.auth", words, "no");
  // TLS that the broker has not, a certificate that nobody trusts.
  if (/does not support/.test(message) || /CERT|TLS|SSL|SIGNATURE/.test(detail))
    return failure("misconfigured", "nats.tls", `${words} (${detail})`, "no");
  return failure("unavailable", `net.${detail}`, `the broker cannot be reached: ${words}`, "no");
}
