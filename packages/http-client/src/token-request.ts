import type { Secret, SecretKeeper, SecretSource } from "@syncline/core/transport-kit";
import { type JwtSigner, signedJwt } from "./json-web-token.ts";

/**
 * How an access token is had: the client credentials grant of RFC 6749 §4.4, unless `refreshToken` or
 * `jwtBearer` is given.
 */
export interface OAuth2Options {
  readonly tokenUrl: string;
  /** Required, but for `jwtBearer`. */
  readonly clientId?: string;
  /** Who we are, unless `clientAssertion` or a certificate says it. */
  readonly clientSecret?: SecretSource;
  /** `private_key_jwt` (RFC 7523 §2.2) instead of a secret. `key`: PEM. `audience`: default `tokenUrl`. */
  readonly clientAssertion?: JwtSigner & { readonly key: SecretSource; readonly audience?: string };
  /** RFC 6749 §6: a person has agreed to it once. */
  readonly refreshToken?: SecretSource;
  /**
   * Told of each new refresh token that replaces the one before: keep it, or a restart begins with one
   * that the server takes no more. What it throws is ignored.
   */
  readonly onRefreshToken?: (token: string) => void;
  /** RFC 7523 §2.1: Google's service accounts, Salesforce's connected apps. `key`: PEM. */
  readonly jwtBearer?: JwtSigner & {
    readonly key: SecretSource;
    readonly issuer: string;
    readonly subject?: string;
    /** Default `tokenUrl`. */
    readonly audience?: string;
    /** Further claims: `{ scope: "…" }` for Google. */
    readonly claims?: { readonly [name: string]: string | number | boolean };
  };
  readonly scope?: string;
  readonly audience?: string;
  /** RFC 8707; several are sent one by one. */
  readonly resource?: string | readonly string[];
  /** Whatever else the endpoint wants. No secrets. */
  readonly parameters?: { readonly [name: string]: string };
  /**
   * Where client id and secret go: the `Authorization` header (default), or the body. `none`: the id
   * alone, in the body: for a client known by its certificate (`tls`, RFC 8705), or by nothing.
   */
  readonly style?: "basic" | "post" | "none";
}

/** The secrets that one request needs, by their options. */
export interface TokenSecrets {
  readonly clientSecret?: Secret | undefined;
  readonly assertionKey?: Secret | undefined;
  readonly refreshToken?: Secret | undefined;
  readonly bearerKey?: Secret | undefined;
}

export async function resolveSecrets(options: OAuth2Options, keeper: SecretKeeper): Promise<TokenSecrets> {
  const known = (source: SecretSource | undefined) => (source === undefined ? undefined : keeper.resolve(source));
  return {
    clientSecret: await known(options.clientSecret),
    assertionKey: await known(options.clientAssertion?.key),
    refreshToken: await known(options.refreshToken),
    bearerKey: await known(options.jwtBearer?.key),
  };
}

export function sameSecrets(one: TokenSecrets, other: TokenSecrets): boolean {
  const names = ["clientSecret", "assertionKey", "refreshToken", "bearerKey"] as const;
  return names.every((name) => one[name]?.reveal() === other[name]?.reveal());
}

const clientAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const jwtBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** `now`: epoch milliseconds. What is secret in it and was made here is hidden by `keeper`. */
export function tokenRequest(options: OAuth2Options, secrets: TokenSecrets, keeper: SecretKeeper, now: number) {
  const form = grantForm(options, secrets, keeper, now);
  const { scope, audience, resource = [], parameters = {} } = options;
  if (scope !== undefined) form.set("scope", scope);
  if (audience !== undefined) form.set("audience", audience);
  for (const each of typeof resource === "string" ? [resource] : resource) form.append("resource", each);
  for (const [name, value] of Object.entries(parameters)) form.set(name, value);
  const headers: { [name: string]: string } = {
    accept: "application/json",
    "accept-encoding": "identity",
    "content-type": "application/x-www-form-urlencoded",
    "user-agent": "syncline",
  };
  authenticate(options, secrets, keeper, now, form, headers);
  return { headers, body: form.toString() };
}

function grantForm(
  { tokenUrl, jwtBearer }: OAuth2Options,
  { refreshToken, bearerKey }: TokenSecrets,
  keeper: SecretKeeper,
  now: number,
): URLSearchParams {
  if (jwtBearer !== undefined && bearerKey !== undefined) {
    const { issuer, subject, audience = tokenUrl, claims } = jwtBearer;
    const named = { ...claims, iss: issuer, aud: audience, ...(subject === undefined ? {} : { sub: subject }) };
    const assertion = hidden(keeper, signedJwt(bearerKey, jwtBearer, named, now));
    return new URLSearchParams({ grant_type: jwtBearerGrant, assertion });
  }
  if (refreshToken !== undefined)
    return new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken.reveal() });
  return new URLSearchParams({ grant_type: "client_credentials" });
}

function authenticate(
  { tokenUrl, clientId, clientAssertion, style }: OAuth2Options,
  { clientSecret, assertionKey }: TokenSecrets,
  keeper: SecretKeeper,
  now: number,
  form: URLSearchParams,
  headers: { [name: string]: string },
): void {
  if (clientId === undefined) return;
  if (clientAssertion !== undefined && assertionKey !== undefined) {
    const claims = { iss: clientId, sub: clientId, aud: clientAssertion.audience ?? tokenUrl };
    form.set("client_id", clientId);
    form.set("client_assertion_type", clientAssertionType);
    form.set("client_assertion", hidden(keeper, signedJwt(assertionKey, clientAssertion, claims, now)));
  } else if (style === "none" || clientSecret === undefined) {
    form.set("client_id", clientId);
  } else if (style === "post") {
    form.set("client_id", clientId);
    form.set("client_secret", clientSecret.reveal());
  } else {
    // RFC 6749 §2.3.1: both are form-encoded before they are joined.
    const pair = `${formEncoded(clientId)}:${formEncoded(clientSecret.reveal())}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
    keeper.hide(headers.authorization);
  }
}

function hidden(keeper: SecretKeeper, assertion: string): string {
  keeper.hide(assertion, true);
  return assertion;
}

function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
