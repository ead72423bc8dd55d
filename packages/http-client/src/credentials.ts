import { Secret, SecretError, type SecretKeeper, type SecretSource } from "@syncline/core/transport-kit";

type Headers = { readonly [name: string]: string };

export type HttpAuth =
  | { readonly bearer: SecretSource }
  | { readonly basic: { readonly user: string; readonly password: SecretSource } }
  | { readonly apiKey: { readonly header: string; readonly value: SecretSource } };

export interface CredentialOptions {
  readonly auth?: HttpAuth;
  /** Sent with every call. A value `env:NAME` or `file:/path` is looked up, and treated as a secret. */
  readonly headers?: Headers;
}

interface SecretHeader {
  readonly name: string;
  readonly source: SecretSource;
  readonly write: (secret: Secret) => string;
}

/** The headers that every call of a downstream carries, built once as long as no secret changes. */
export class BaseHeaders {
  readonly #keeper: SecretKeeper;
  readonly #plain: Headers;
  readonly #secrets: readonly SecretHeader[];
  readonly #changing: boolean;
  #built: Headers | undefined;

  constructor(options: CredentialOptions, plainHeaders: Headers, keeper: SecretKeeper) {
    this.#keeper = keeper;
    const plain: { [name: string]: string } = { ...plainHeaders, "user-agent": "syncline" };
    const secrets: SecretHeader[] = [];
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (!/^(env|file):/.test(value)) plain[name.toLowerCase()] = value;
      else secrets.push({ name: name.toLowerCase(), source: value, write: (secret) => secret.reveal() });
    }
    const auth = authHeader(options, keeper);
    if (auth !== undefined) secrets.push(auth);
    this.#plain = plain;
    this.#secrets = secrets;
    this.#changing = secrets.some(({ source }) => typeof source === "function");
  }

  /** A plain value once the secrets are known: the hot path does not wait. Throws or rejects with `SecretError`. */
  get(): Headers | Promise<Headers> {
    return this.#built ?? this.#build();
  }

  /** The downstream has refused us: the next call resolves the secrets again, since they may have been rotated. */
  forget(): void {
    this.#built = undefined;
    this.#keeper.forget();
  }

  #build(): Headers | Promise<Headers> {
    const resolved = this.#secrets.map(({ source }) => this.#keeper.resolve(source));
    const known = resolved.every((secret) => secret instanceof Secret);
    return known ? this.#put(resolved) : Promise.all(resolved).then((secrets) => this.#put(secrets));
  }

  #put(secrets: readonly Secret[]): Headers {
    const headers: { [name: string]: string } = { ...this.#plain };
    for (const [position, { name, write }] of this.#secrets.entries()) {
      const secret = secrets[position];
      if (secret === undefined) throw new SecretError(`the secret for ${name} is missing`);
      headers[name] = write(secret);
    }
    if (!this.#changing) this.#built = headers;
    return headers;
  }
}

function authHeader(options: CredentialOptions, keeper: SecretKeeper): SecretHeader | undefined {
  const { auth } = options;
  if (auth === undefined) return undefined;
  if ("bearer" in auth) {
    return { name: "authorization", source: auth.bearer, write: (secret) => `Bearer ${secret.reveal()}` };
  }
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
