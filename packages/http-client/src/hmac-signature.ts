import { createHash, createHmac, randomUUID } from "node:crypto";
import {
  type Check,
  isFields,
  isMapOf,
  isObject,
  isOneOf,
  isSecretSource,
  SecretError,
  type SecretKeeper,
  type SecretSource,
  satisfies,
} from "@syncline/core/transport-kit";
import { checkOwnHeaderName, isHeaderValue } from "./header-rules.ts";

const algorithms = ["sha1", "sha256", "sha384", "sha512"] as const;
const encodings = ["hex", "base64", "base64url"] as const;
const keyEncodings = ["text", "hex", "base64"] as const;
const timestamps = ["seconds", "milliseconds", "iso", "http"] as const;

/**
 * An HMAC of each request, told in headers. `content` and `headers` are texts with values in them:
 * `{{timestamp}}`, `{{nonce}}` (a UUID), `{{method}}`, `{{host}}`, `{{path}}` (with its query),
 * `{{callId}}` (the idempotency key), `{{bodyHash}}` (by the same algorithm and encoding); in
 * `content` also `{{body}}`, and in `headers` `{{signature}}`.
 */
export interface HmacOptions {
  readonly key: SecretSource;
  /** What the key's text is. Default `text`: its bytes in UTF-8. */
  readonly keyEncoding?: (typeof keyEncodings)[number];
  /** Default `sha256`. */
  readonly algorithm?: (typeof algorithms)[number];
  /** Default `hex`. */
  readonly encoding?: (typeof encodings)[number];
  /** What is signed. Default `{{body}}`: what the receiver reads, before any compression. */
  readonly content?: string;
  /** Default `seconds` since 1970. */
  readonly timestamp?: (typeof timestamps)[number];
  /** `{ "x-hub-signature-256": "sha256={{signature}}" }` */
  readonly headers: { readonly [name: string]: string };
}

/** What is signed, as it is sent. */
export interface HmacMessage {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly callId: string;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const ofBoth = ["timestamp", "nonce", "method", "host", "path", "callId", "bodyHash"];
const placeholder = /\{\{([^{}]*)\}\}/g;

/** Rejects with `SecretError`. */
export async function signHmac(
  options: HmacOptions,
  keeper: SecretKeeper,
  message: HmacMessage,
): Promise<{ readonly [header: string]: string }> {
  const { algorithm = "sha256", encoding = "hex", content = "{{body}}" } = options;
  const { now, ...parts } = message;
  const key = keyBytes((await keeper.resolve(options.key)).reveal(), options.keyEncoding ?? "text");
  const values = {
    ...parts,
    timestamp: timestampOf(now, options.timestamp ?? "seconds"),
    nonce: randomUUID(),
    bodyHash: createHash(algorithm).update(message.body).digest(encoding),
  };
  const signature = createHmac(algorithm, key).update(filled(content, values)).digest(encoding);
  const headers: { [name: string]: string } = {};
  for (const [name, template] of Object.entries(options.headers))
    headers[name.toLowerCase()] = filled(template, { ...values, signature });
  return headers;
}

/** In one pass: what a body holds is never read as a template. */
function filled(template: string, values: { readonly [name: string]: string }): string {
  return template.replace(placeholder, (_, name: string) => values[name.trim()] ?? "");
}

function timestampOf(now: number, form: (typeof timestamps)[number]): string {
  if (form === "iso") return new Date(now).toISOString();
  if (form === "http") return new Date(now).toUTCString();
  return String(form === "milliseconds" ? now : Math.floor(now / 1000));
}

function keyBytes(text: string, encoding: (typeof keyEncodings)[number]): Buffer {
  if (encoding === "text") return Buffer.from(text, "utf8");
  const bytes = Buffer.from(text, encoding);
  const isWhole = encoding === "hex" ? bytes.toString("hex") === text.toLowerCase() : isSameBase64(bytes, text);
  if (bytes.length === 0 || !isWhole) throw new SecretError(`the key of the HMAC is not ${encoding}`);
  return bytes;
}

function isSameBase64(bytes: Buffer, text: string): boolean {
  const bare = (padded: string) =>
    padded
      .replace(/={1,2}$/, "")
      .replaceAll("-", "+")
      .replaceAll("_", "/");
  return bare(bytes.toString("base64")) === bare(text);
}

function isTemplateOf(own: string): Check {
  const names = [...ofBoth, own];
  return (value, at, problems) => {
    if (typeof value !== "string" || value === "") {
      problems.push({ at, message: "must be a text with {{values}} in it" });
      return;
    }
    for (const [, name = ""] of value.matchAll(placeholder))
      if (!names.includes(name.trim()))
        problems.push({ at, message: `{{${name.slice(0, 100)}}} is no value; there are ${names.join(", ")}` });
    if (value.replace(placeholder, "").includes("{{"))
      problems.push({ at, message: "has {{ that begins no {{value}}" });
  };
}

const isPlainText = satisfies(isHeaderValue, "must be of printable ASCII characters");
const isHeaderTemplate: Check = (value, at, problems) => {
  isPlainText(value, at, problems);
  isTemplateOf("signature")(value, at, problems);
};

const checkShape = isObject(
  {
    key: isSecretSource,
    keyEncoding: isOneOf(keyEncodings),
    algorithm: isOneOf(algorithms),
    encoding: isOneOf(encodings),
    content: isTemplateOf("body"),
    timestamp: isOneOf(timestamps),
    headers: isMapOf(checkOwnHeaderName, isHeaderTemplate),
  },
  ["key", "headers"],
);

export const checkHmac: Check = (value, at, problems) => {
  checkShape(value, at, problems);
  if (!isFields(value)) return;
  const { content = "{{body}}", headers } = value;
  if (typeof content === "string" && !/\{\{\s*(body|bodyHash)\s*\}\}/.test(content))
    problems.push({
      at: `${at}.content`,
      message: "has neither {{body}} nor {{bodyHash}}: the body would not be signed",
    });
  if (isFields(headers) && !Object.values(headers).some((text) => /\{\{\s*signature\s*\}\}/.test(String(text))))
    problems.push({ at: `${at}.headers`, message: "have no {{signature}}" });
};
