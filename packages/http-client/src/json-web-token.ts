import { createPrivateKey, type KeyObject, randomUUID, sign } from "node:crypto";
import { type Secret, SecretError } from "@syncline/core/transport-kit";

export type JwtAlgorithm = "RS256" | "PS256" | "ES256" | "ES384" | "EdDSA";

export const jwtAlgorithms: readonly JwtAlgorithm[] = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];

/** How a token of ours is signed. */
export interface JwtSigner {
  /** Default: what the key is for, RS256 for RSA. */
  readonly algorithm?: JwtAlgorithm;
  /** The `kid` by which the server finds our public key. */
  readonly keyId?: string;
}

/** Servers refuse assertions that live for long; Salesforce takes 3 minutes. */
const lifeSeconds = 180;

/**
 * A JSON Web Token, signed by a private key in PEM: RFC 7519 and 7515, compact. `now`: epoch
 * milliseconds. Throws `SecretError`.
 */
export function signedJwt(
  key: Secret,
  { algorithm, keyId }: JwtSigner,
  claims: { readonly [name: string]: unknown },
  now: number,
): string {
  const privateKey = privateKeyOf(key);
  const alg = algorithm ?? algorithmOf(privateKey);
  const header = { alg, typ: "JWT", ...(keyId === undefined ? {} : { kid: keyId }) };
  const iat = Math.floor(now / 1000);
  const content = `${encoded(header)}.${encoded({ iat, exp: iat + lifeSeconds, jti: randomUUID(), ...claims })}`;
  return `${content}.${signature(alg, content, privateKey).toString("base64url")}`;
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

/** The library's error may quote what it was given. */
function privateKeyOf(key: Secret): KeyObject {
  try {
    return createPrivateKey(key.reveal());
  } catch {
    throw new SecretError("a key of `oauth2` is no private key in PEM without a passphrase");
  }
}

function algorithmOf(key: KeyObject): JwtAlgorithm {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType === "rsa") return "RS256";
  if (key.asymmetricKeyType === "ed25519") return "EdDSA";
  if (curve === "prime256v1") return "ES256";
  if (curve === "secp384r1") return "ES384";
  throw new SecretError("a key of `oauth2` is of no kind that signs: RSA, P-256, P-384 or Ed25519");
}

function signature(alg: JwtAlgorithm, content: string, key: KeyObject): Buffer {
  const data = Buffer.from(content);
  try {
    switch (alg) {
      case "RS256":
        return sign("sha256", data, key);
      case "PS256":
        // RSASSA-PSS, with a salt as long as the digest: RFC 7518 §3.5.
        return sign("sha256", data, { key, padding: 6, saltLength: 32 });
      case "ES256":
        return sign("sha256", data, { key, dsaEncoding: "ieee-p1363" });
      case "ES384":
        return sign("sha384", data, { key, dsaEncoding: "ieee-p1363" });
      case "EdDSA":
        return sign(null, data, key);
    }
  } catch {
    throw new SecretError(`a key of \`oauth2\` cannot sign by ${alg}`);
  }
}
