import type { Failure } from "@syncline/core/spi";
import { failure, type Secret, type SecretKeeper } from "@syncline/core/transport-kit";
import { charsetOf, decodeText, unpackedBody } from "./answer-body.ts";
import { classifyFault, classifyStatus } from "./classify.ts";
import type { HttpAnswer, HttpClient } from "./http-client.ts";
import { type OAuth2Options, resolveSecrets, sameSecrets, type TokenSecrets, tokenRequest } from "./token-request.ts";

/** Why there is no token: what the call that wanted one comes to. */
export class CredentialError extends Error {
  override readonly name = "CredentialError";
  readonly failure: Failure;

  constructor(reason: Failure) {
    super(reason.message);
    this.failure = reason;
  }
}

interface Token {
  readonly secret: Secret;
  /** Monotonic milliseconds at which it is renewed; `Infinity` if the server did not say how long it lives. */
  readonly renewAt: number;
}

const requestMs = 10_000;
const answerBytes = 65_536;
/** A token is renewed this long before its end, and never later than at half of its life. */
const earlyMs = 30_000;
/** Whatever the server says of its life: one that says "a millisecond" would be asked for every call. */
const leastKeptMs = 1_000;
/** Longer ones fit no server's limit on headers. */
const longestToken = 8_192;

/** Tokens are kept; one request is under way at most, however many calls wait for it. */
export class TokenSource {
  readonly #options: OAuth2Options;
  readonly #client: HttpClient;
  readonly #keeper: SecretKeeper;
  readonly #path: string;
  readonly #closed = new AbortController();
  #token: Token | undefined;
  /** The newest that the endpoint has given, in place of the configured one. */
  #refreshToken: Secret | undefined;
  #coming: Promise<Secret> | undefined;

  /** `client` is for the token URL's origin. */
  constructor(options: OAuth2Options, client: HttpClient, keeper: SecretKeeper) {
    this.#options = options;
    this.#client = client;
    this.#keeper = keeper;
    const { pathname, search } = new URL(options.tokenUrl);
    this.#path = pathname + search;
  }

  /** Rejects with `CredentialError`, or `SecretError`. */
  get(): Secret | Promise<Secret> {
    if (this.#token !== undefined && performance.now() < this.#token.renewAt) return this.#token.secret;
    this.#coming ??= this.#request().finally(() => {
      this.#coming = undefined;
    });
    return this.#coming;
  }

  /** The token that was refused is used no more. One that has come meanwhile stays. */
  drop(refused: Secret): void {
    if (this.#token?.secret === refused) this.#token = undefined;
  }

  close(): Promise<void> {
    this.#closed.abort();
    return this.#client.close();
  }

  /**
   * Where secrets get no token they are looked up again, since they may have been rotated. If they
   * were, the endpoint is asked once more at once: it gives no token for the old ones.
   */
  async #request(): Promise<Secret> {
    const known = await this.#secrets();
    try {
      return await this.#ask(known);
    } catch (error) {
      this.#keeper.forget();
      this.#refreshToken = undefined;
      const found = await this.#secrets();
      if (sameSecrets(known, found)) throw error;
      return this.#ask(found);
    }
  }

  async #secrets(): Promise<TokenSecrets> {
    const found = await resolveSecrets(this.#options, this.#keeper);
    return this.#refreshToken === undefined ? found : { ...found, refreshToken: this.#refreshToken };
  }

  async #ask(secrets: TokenSecrets): Promise<Secret> {
    const { headers, body } = tokenRequest(this.#options, secrets, this.#keeper, Date.now());
    const answer = await this.#client.request({
      method: "POST",
      path: this.#path,
      headers,
      body,
      signal: AbortSignal.any([AbortSignal.timeout(requestMs), this.#closed.signal]),
      maxAnswerBytes: answerBytes,
      bodyWaitMs: undefined,
    });
    if ("fault" in answer) {
      const { kind, message } = classifyFault(answer);
      throw refusal(kind === "cancelled" ? "unavailable" : kind, `the token endpoint: ${message}`);
    }
    this.#token = this.#read(answer);
    return this.#token.secret;
  }

  #read(answer: HttpAnswer): Token {
    const { status } = answer;
    if (status < 200 || status >= 300) throw tokenRefused(answer);
    const content = contentOf(answer);
    const { access_token: token, expires_in: seconds, token_type: type } = content;
    if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token) || token.length > longestToken)
      throw refusal("misconfigured", "the token endpoint answered without an access_token that a header can carry");
    if (type !== undefined && type !== null && String(type).toLowerCase() !== "bearer")
      throw refusal("misconfigured", "the token endpoint gave a token that is no bearer token");
    this.#replaceRefreshToken(content.refresh_token);
    const lifeMs = Number(seconds) * 1000;
    const known = seconds !== undefined && seconds !== null && Number.isFinite(lifeMs) && lifeMs > 0;
    const keptMs = known ? Math.max(lifeMs - earlyMs, lifeMs / 2, leastKeptMs) : Number.POSITIVE_INFINITY;
    return { secret: this.#keeper.wrap(token), renewAt: performance.now() + keptMs };
  }

  /** Servers that rotate them take the one before no more. */
  #replaceRefreshToken(token: unknown): void {
    const { refreshToken, onRefreshToken } = this.#options;
    if (refreshToken === undefined || typeof token !== "string" || token === "" || token.length > longestToken) return;
    if (token === this.#refreshToken?.reveal()) return;
    this.#refreshToken = this.#keeper.wrap(token);
    try {
      onRefreshToken?.(token);
    } catch {
      // The application's own: what it throws may hold the token.
    }
  }
}

/** RFC 6749 §5.2 and §4.1.2.1, RFC 8707 §2: another word may be anything. */
const tokenErrors: ReadonlySet<string> = new Set([
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
  "access_denied",
  "server_error",
  "temporarily_unavailable",
  "invalid_target",
]);

/** A 4xx other than 408 and 429 refuses who we are, or what we ask for: RFC 6749 §5.2 answers 400 for most of it. */
function tokenRefused(answer: HttpAnswer): CredentialError {
  const verdict = classifyStatus(answer.status, answer.headers, {}, Date.now());
  const code = contentOf(answer).error;
  const word = typeof code === "string" && tokenErrors.has(code) ? ` (${code})` : "";
  const words = `the token endpoint answered ${answer.status}${word}`;
  if (verdict === "accepted") return refusal("misconfigured", words);
  const kind = verdict.kind === "rejected" ? "unauthorized" : verdict.kind;
  const found = refusal(kind === "transient" ? "unavailable" : kind, words);
  return verdict.retryAfterMs === undefined
    ? found
    : new CredentialError({ ...found.failure, retryAfterMs: verdict.retryAfterMs });
}

/** Nothing of the call itself has left. */
function refusal(kind: Failure["kind"], message: string): CredentialError {
  return new CredentialError(failure(kind, "http.token", message, "no"));
}

function contentOf(answer: HttpAnswer): { readonly [name: string]: unknown } {
  const body = unpackedBody(answer, answerBytes);
  if (body === undefined) return {};
  try {
    const value: unknown = JSON.parse(decodeText(body, charsetOf(answer.headers["content-type"])));
    return typeof value === "object" && value !== null ? (value as { readonly [name: string]: unknown }) : {};
  } catch {
    return {};
  }
}
