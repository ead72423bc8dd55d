import { generateKeyPairSync } from "node:crypto";
import { selfSigned } from "./self-signed.ts";

/** A key of RSA, made for one test run, and any certificate: the signature is verified with the key. */
export function signingKey() {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    cert: selfSigned.cert,
  };
}
