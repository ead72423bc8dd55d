import { readFileSync } from "node:fs";
import type { SecureContextOptions } from "node:tls";

/** Each of `ca`, `cert` and `key` is PEM text, `file:/absolute/path` or `env:NAME`. */
export interface TlsOptions {
  /** Whom to trust instead of the system's authorities. */
  readonly ca?: string;
  /** Our certificate, for downstreams that want to know who calls (mTLS). With `key`. */
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** The name that the downstream's certificate must have, where it is not the host's. */
  readonly serverName?: string;
  /** Default `TLSv1.2`. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
}

export type TlsMaterials = SecureContextOptions & { readonly servername?: string };

/**
 * What `node:tls` needs, looked up now. Files are read for each new connection, so a renewed certificate is used without a
 * restart; new connections are rare, and the files small. Throws an error with the code `ERR_TLS_MATERIAL`, which names what is missing.
 */
export function tlsMaterials(options: TlsOptions): TlsMaterials {
  const { ca, cert, key, passphrase, serverName, minVersion } = options;
  return {
    minVersion: minVersion ?? "TLSv1.2",
    ...(ca === undefined ? {} : { ca: resolve("ca", ca) }),
    ...(cert === undefined ? {} : { cert: resolve("cert", cert) }),
    ...(key === undefined ? {} : { key: resolve("key", key) }),
    ...(passphrase === undefined ? {} : { passphrase: resolve("passphrase", passphrase) }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

function resolve(what: string, source: string): string {
  if (source.startsWith("env:")) {
    const name = source.slice("env:".length);
    const value = process.env[name];
    if (value === undefined || value === "") throw missing(`tls.${what}: the environment variable ${name} is not set`);
    return value;
  }
  if (!source.startsWith("file:")) return source;
  const path = source.slice("file:".length);
  try {
    const text = readFileSync(path, "utf8");
    return what === "passphrase" ? text.replace(/[\r\n]+$/, "") : text;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw missing(`tls.${what}: the file ${path} cannot be read (${code})`);
  }
}

function missing(message: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(message);
  error.code = "ERR_TLS_MATERIAL";
  return error;
}
