import type { Failure } from "@syncline/core/spi";
import { Secret, SecretError, type SecretKeeper, type SecretSource, secretFailure } from "@syncline/core/transport-kit";
import type { AwsAuth } from "./aws-signature.ts";
import { refuseHeaderSecret } from "./header-rules.ts";
import { CredentialError, type TokenSource } from "./oauth2.ts";
import type { OAuth2Options } from "./token-request.ts";

/** What a call comes to whose credentials could not be had. `error` is what resolving them rejected with. */
export function credentialFailure(error: unknown, scrub: (text: string) => string): Failure {
  if (error instanceof CredentialError) return { ...error.failure, message: scrub(error.failure.message) };
  return secretFailure("http.secret", error, scrub);
}

/**
 * Refused at the door, for what it came with: also by IIS (the login has timed out) and Esri (the
 * token is not valid).
 */
export function isRefusedToken(status: number): boolean {
  return status === 401 || status === 440 || status === 498;
}

type Headers = { readonly [name: string]: string };

export type HttpAuth =
  | { readonly bearer: SecretSource }
  | { readonly basic: { readonly user: string; readonly password: SecretSource } }
  | { readonly apiKey: { readonly header: string; readonly value: SecretSource } }
  | { readonly oauth2: OAuth2Options }
  /** Each request is signed (Signature Version 4). */
  | { readonly aws: AwsAuth };

export interface CredentialOptions {
  readonly auth?: HttpAuth;
  /** Sent with every call. A value `env:NAME` or `file:/path` is looked up, and treated as a secret. */
  readonly headers?: Headers;
}

interface SecretHeader {
  readonly name: string;
  readonly source: SecretSource | TokenSource;
  readonly write: (secret: Secret) => string;
}

/** The headers that every call of a downstream carries, built once as long as no secret changes. */
export class BaseHeaders {
  readonly #keeper: SecretKeeper;
  readonly #plain: Headers;
  readonly #secrets: readonly SecretHeader[];
  readonly #changing: boolean;
  readonly #tokens: TokenSource | undefined;
  #token: Secret | undefined;
  #built: Headers | undefined;

  /** `tokens`: where `auth.oauth2` gets its tokens. */
  constructor(options: CredentialOptions, plainHeaders: Headers, keeper: SecretKeeper, tokens?: TokenSource) {
    this.#keeper = keeper;
    const plain: { [name: string]: string } = {
      ...plainHeaders,
      "user-agent": "syncline",
      "accept-encoding": "identity",
    };
    const secrets: SecretHeader[] = [];
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (!/^(env|file):/.test(value)) plain[name.toLowerCase()] = value;
      else secrets.push({ name: name.toLowerCase(), source: value, write: (secret) => secret.reveal() });
    }
    const auth = authHeader(options, keeper, tokens);
    if (auth !== undefined) secrets.push(auth);
    this.#plain = plain;
    this.#secrets = secrets;
    this.#tokens = tokens;
    this.#changing = secrets.some(({ source }) => typeof source !== "string");
  }

  /** A plain value once the secrets are known: the hot path does not wait. Throws or rejects with `SecretError`. */
  get(): Headers | Promise<Headers> {
    return this.#built ?? this.#build();
  }

  /**
   * The downstream has refused `headers`: the next call resolves the secrets again, since they may have been rotated. True if
   * it is worth sending the same call again at once: the token that was refused is replaced by a new one.
   */
  refused(headers: Headers): boolean {
    this.#built = undefined;
    this.#keeper.forget();
    const token = this.#token;
    if (this.#tokens === undefined || token === undefined) return false;
    if (headers.authorization === bearer(token)) this.#tokens.drop(token);
    return true;
  }

  /** Throws, or rejects with, an error that `credentialFailure` understands. */
  #build(): Headers | Promise<Headers> {
    const resolved = this.#secrets.map(({ source }) => this.#resolve(source));
    const known = resolved.every((secret) => secret instanceof Secret);
    return known ? this.#put(resolved) : Promise.all(resolved).then((secrets) => this.#put(secrets));
  }

  #resolve(source: SecretSource | TokenSource): Secret | Promise<Secret> {
    return typeof source === "object" ? source.get() : this.#keeper.resolve(source, refuseHeaderSecret);
  }

  #put(secrets: readonly Secret[]): Headers {
    const headers: { [name: string]: string } = { ...this.#plain };
    for (const [position, { name, write }] of this.#secrets.entries()) {
      const secret = secrets[position];
      if (secret === undefined) throw new SecretError(`the secret for ${name} is missing`);
      headers[name] = write(secret);
      if (typeof this.#secrets[position]?.source === "object") this.#token = secret;
    }
    if (!this.#changing) this.#built = headers;
    return headers;
  }
}

function bearer(token: Secret): string {
  return `Bearer ${token.reveal()}`;
}

function authHeader(
  { auth }: CredentialOptions,
  keeper: SecretKeeper,
  tokens: TokenSource | undefined,
): SecretHeader | undefined {
  if (auth === undefined || "aws" in auth) return undefined;
  if ("oauth2" in auth)
    return tokens === undefined ? undefined : { name: "authorization", source: tokens, write: bearer };
  if ("bearer" in auth) return { name: "authorization", source: auth.bearer, write: bearer };
  if ("apiKey" in auth) {
    return { name: auth.apiKey.header.toLowerCase(), source: auth.apiKey.value, write: (secret) => secret.reveal() };
  }
  const { user, password } = auth.basic;
  const write = (secret: Secret) => {
    const pair = `${user}:${secret.reveal()}`;
    keeper.hide(pair, typeof password === "function");
    return `Basic ${Buffer.from(pair).toString("base64")}`;
  };
  return { name: "authorization", source: password, write };
}
