import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import type { SignatureV4 } from "@smithy/signature-v4";
import type { Problem } from "@syncline/core/spi";
import {
  SecretError,
  type SecretKeeper,
  type SecretSource,
  signalOf,
  unlessAborted,
} from "@syncline/core/transport-kit";
import type { HttpClient, HttpRequest } from "./http-client.ts";

/** What AWS' own providers give, such as `fromNodeProviderChain()` of `@aws-sdk/credential-providers`. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** AWS Signature Version 4. Needs `@smithy/signature-v4` to be installed, the signer of AWS' own SDK. */
export interface AwsAuth {
  /** `eu-central-1`. */
  readonly region: string;
  /** As it stands in the scope of signatures: `es` (OpenSearch), `aoss`, `execute-api`, `lambda`. */
  readonly service: string;
  readonly accessKeyId?: SecretSource;
  readonly secretAccessKey?: SecretSource;
  readonly sessionToken?: SecretSource;
  /**
   * Instead of keys: asked for before a call where the last ones have no `expiration`, end within a minute,
   * or were refused.
   */
  readonly credentials?: () => Promise<AwsCredentials>;
}

type Signer = typeof import("@smithy/signature-v4");

const reservedMs = 60_000;
/** What proxies and engines may add to or write anew is not signed; what AWS acts by is. */
const signed = /^(?:host|content-type|content-encoding|x-amz-.+)$/;

let signer: Signer | undefined;

async function loadSigner(): Promise<Signer> {
  signer ??= await import("@smithy/signature-v4");
  return signer;
}

/**
 * For a transport's `prepare`. Never rejects: what keeps the signer from being loaded is a problem
 * of the options.
 */
export async function prepareAws(load = loadSigner): Promise<readonly Problem[]> {
  try {
    await load();
    return [];
  } catch (error) {
    const { code, name, message } = error as NodeJS.ErrnoException;
    const words = `needs @smithy/signature-v4, which cannot be loaded (${code ?? name}): ${message}`;
    return [{ at: "auth.aws", message: words }];
  }
}

/** Signs requests to one origin. Secrets are looked up again once the keeper has forgotten them. */
export class AwsSigner {
  readonly #auth: AwsAuth;
  readonly #origin: URL;
  readonly #keeper: SecretKeeper;
  #given: AwsCredentials | undefined;
  #coming: Promise<AwsCredentials> | undefined;
  #signature: SignatureV4 | undefined;

  constructor(auth: AwsAuth, origin: string, keeper: SecretKeeper) {
    this.#auth = auth;
    this.#origin = new URL(origin);
    this.#keeper = keeper;
  }

  /** The downstream has refused a call: credentials are asked for again. */
  forget(): void {
    this.#given = undefined;
  }

  /** Rejects with `SecretError`, or with what kept the signer from being loaded. */
  async sign(request: HttpRequest): Promise<HttpRequest> {
    this.#signature ??= await this.#make();
    const { protocol, hostname, host } = this.#origin;
    const [path = "/", search = ""] = request.path.split(/\?(.*)/s);
    const headers: { [name: string]: string } = { host };
    for (const [name, value] of Object.entries(request.headers)) if (signed.test(name)) headers[name] = value;
    const query: { [name: string]: string[] } = {};
    for (const [name, value] of new URLSearchParams(search)) {
      query[name] ??= [];
      query[name].push(value);
    }
    const parts = { method: request.method, protocol, hostname, path, query, headers, body: request.body };
    const { host: _, ...added } = (await this.#signature.sign(parts)).headers;
    return { ...request, headers: { ...request.headers, ...added } };
  }

  async #make(): Promise<SignatureV4> {
    const { SignatureV4 } = await loadSigner();
    const { region, service } = this.#auth;
    const credentials = () => this.#credentials();
    return new SignatureV4({ region, service, credentials, sha256: NodeSha256, uriEscapePath: service !== "s3" });
  }

  async #credentials(): Promise<AwsCredentials> {
    const { credentials, accessKeyId = "", secretAccessKey = "", sessionToken } = this.#auth;
    if (credentials !== undefined) {
      const until = this.#given?.expiration?.getTime() ?? 0;
      if (this.#given !== undefined && until - Date.now() > reservedMs) return this.#given;
      this.#coming ??= this.#ask(credentials).finally(() => {
        this.#coming = undefined;
      });
      return this.#coming;
    }
    const reveal = async (source: SecretSource) => (await this.#keeper.resolve(source)).reveal();
    const pair = { accessKeyId: await reveal(accessKeyId), secretAccessKey: await reveal(secretAccessKey) };
    return sessionToken === undefined ? pair : { ...pair, sessionToken: await reveal(sessionToken) };
  }

  async #ask(provider: () => Promise<AwsCredentials>): Promise<AwsCredentials> {
    const given = await asked(provider);
    const { accessKeyId, secretAccessKey, sessionToken } = given;
    for (const part of [accessKeyId, secretAccessKey])
      if (typeof part !== "string" || part === "")
        throw new SecretError("the function for AWS credentials gave no keys");
    for (const secret of [secretAccessKey, sessionToken ?? ""]) this.#keeper.hide(secret, true);
    this.#given = given;
    return given;
  }
}

/** The function is the application's: whatever it throws may hold the secret. */
async function asked(provider: () => Promise<AwsCredentials>): Promise<AwsCredentials> {
  try {
    return { ...(await provider()) };
  } catch {
    throw new SecretError("the function for AWS credentials threw");
  }
}

/** The client with each request signed. What keeps it from being signed is a fault of nothing sent. */
export function signing(client: HttpClient, aws: AwsSigner, keeper: SecretKeeper): HttpClient {
  return {
    ...client,
    request: async (request) => {
      try {
        const signedRequest = await unlessAborted(aws.sign(request), signalOf(request.signal));
        if (signedRequest === undefined) return { fault: "ABORTED", reason: "given up", sent: false };
        const answer = await client.request(signedRequest);
        if ("status" in answer && (answer.status === 401 || answer.status === 403)) aws.forget();
        return answer;
      } catch (error) {
        const known = error instanceof SecretError;
        const reason = known ? keeper.scrub(error.message) : "the request could not be signed for AWS";
        return { fault: "ERR_CREDENTIALS", reason, sent: false };
      }
    },
  };
}

/** What the signer hashes with: Node's own instead of one in JavaScript. */
class NodeSha256 {
  readonly #key: string | Uint8Array | undefined;
  #hash: Hash | Hmac;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#key = typeof key === "string" || key === undefined ? key : bytesOf(key);
    this.#hash = this.#start();
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#start();
  }

  #start(): Hash | Hmac {
    return this.#key === undefined ? createHash("sha256") : createHmac("sha256", this.#key);
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
