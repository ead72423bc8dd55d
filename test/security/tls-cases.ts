import { spawnSync } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";
import { certified, type Identity } from "../harness/certificates.ts";
import { type ListeningServer, listeningTls, opensslServer, rawTcp } from "../harness/tls-servers.ts";

/** What the operator's files hold; no passphrase: none is configured. */
export interface Files {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string;
}

export interface TlsCase {
  readonly what: string;
  readonly kind: "misconfigured" | "unavailable";
  readonly server: () => Promise<ListeningServer>;
  /** Other than sound; `undefined`: that file is not there. */
  readonly files?: { readonly [Part in keyof Files]?: string | undefined };
  /** What this machine lacks for it. */
  readonly lacks?: string;
}

const root = certified("root", { isAuthority: true });
const elsewhere = certified("elsewhere", { isAuthority: true });
const intermediate = certified("intermediate", { by: root, isAuthority: true });
const service = certified("service", { by: root });
const caller = certified("caller", { by: root });

export const passphrase = "planted-secret-passphrase";
const encrypted = createPrivateKey(caller.key).export({
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase,
}) as string;
const garbage = "planted-secret-garbage, and no PEM at all\n";

export const soundFiles: Files = { ca: root.cert, cert: caller.cert, key: caller.key };
/** Wants to know who calls. */
export const soundServer: TlsOptions = {
  cert: service.cert,
  key: service.key,
  ca: root.cert,
  requestCert: true,
  rejectUnauthorized: true,
};

const as = ({ cert, key }: Identity, more: TlsOptions = {}) =>
  listeningTls({ ...soundServer, requestCert: false, cert, key, ...more });
const strict = () => listeningTls(soundServer);
/** The sound server's own, for a server that reads files. */
const folder = mkdtempSync(join(tmpdir(), "syncline-tls-server-"));
export const removeFolder = () => rmSync(folder, { recursive: true });
const paths = { ca: join(folder, "ca"), cert: join(folder, "cert"), key: join(folder, "key") };
for (const [part, text] of Object.entries({ ca: root.cert, cert: service.cert, key: service.key }))
  writeFileSync(paths[part as keyof typeof paths], text);
const alert = (description: number) => Buffer.from([0x15, 3, 3, 0, 2, 2, description]);

const ofServers: readonly TlsCase[] = [
  ["has expired", { by: root, fromDay: -9, toDay: -2 }] as const,
  ["is not yet valid", { by: root, fromDay: 2, toDay: 9 }] as const,
  ["is for another host", { by: root, ip: [192, 0, 2, 1] }] as const,
  ["has signed itself", {}] as const,
  ["comes from another authority", { by: elsewhere }] as const,
  ["comes without the intermediate one", { by: intermediate }] as const,
].map(([what, wanted]) => ({
  what: `a server's certificate that ${what}`,
  kind: "misconfigured",
  server: () => as(certified("service", wanted)),
}));

const lacksOpenssl = spawnSync("openssl", ["version"]).status === 0 ? {} : { lacks: "the command openssl" };
const files = (identity: Identity) => ({ cert: identity.cert, key: identity.key });
// TLS 1.2 refuses within the handshake, and 1.3 after it.
const ofCallers: readonly TlsCase[] = [
  ["no certificate", { cert: undefined, key: undefined }] as const,
  ["a certificate that has expired", files(certified("caller", { by: root, fromDay: -9, toDay: -2 }))] as const,
  ["a certificate of another authority", files(certified("caller", { by: elsewhere }))] as const,
].flatMap(([what, shown]) => [
  {
    what: `${what} of ours, where TLS 1.2 asks`,
    kind: "misconfigured",
    server: () => opensslServer(paths, "tls1_2"),
    files: shown,
    ...lacksOpenssl,
  },
  {
    what: `${what} of ours, where TLS 1.3 asks`,
    kind: "misconfigured",
    server: () => opensslServer(paths, "tls1_3"),
    files: shown,
    ...lacksOpenssl,
  },
]);

const ofFiles: readonly TlsCase[] = [
  ["a key that belongs to another certificate", { key: service.key }] as const,
  ["an encrypted key without a passphrase", { key: encrypted }] as const,
  ["an encrypted key with a wrong passphrase", { key: encrypted, passphrase: "planted-secret-wrong" }] as const,
  ["garbage for authorities", { ca: garbage }] as const,
  ["garbage for a certificate", { cert: garbage }] as const,
  ["garbage for a key", { key: garbage }] as const,
  ["half a certificate", { cert: caller.cert.slice(0, 300) }] as const,
  ["nothing for authorities", { ca: "" }] as const,
].map(([what, changed]) => ({ what, kind: "misconfigured", server: strict, files: changed }));

const ofHandshakes: readonly TlsCase[] = [
  {
    what: "a server that speaks TLS 1.0 and 1.1 alone",
    kind: "misconfigured",
    server: () => as(service, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" }),
  },
  { what: "a handshake that stalls", kind: "unavailable", server: () => rawTcp(() => {}) },
  { what: "an alert", kind: "misconfigured", server: () => rawTcp((socket) => socket.end(alert(40))) },
  {
    what: "garbage in a handshake",
    kind: "misconfigured",
    server: () => rawTcp((socket) => socket.end(Buffer.alloc(64, 0xa5))),
  },
  {
    what: "plain HTTP in a handshake",
    kind: "misconfigured",
    server: () =>
      rawTcp((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\nplanted-secret-answer\n")),
  },
  { what: "a reset in a handshake", kind: "unavailable", server: () => rawTcp((socket) => socket.resetAndDestroy()) },
  { what: "an end in a handshake", kind: "unavailable", server: () => rawTcp((socket) => socket.end()) },
];

export const tlsCases: readonly TlsCase[] = [...ofServers, ...ofCallers, ...ofFiles, ...ofHandshakes];

/** What no message may hold: pieces of every key and certificate, and all that is planted. */
export const secrets: readonly string[] = [
  "planted-secret",
  "-----BEGIN",
  ...[root.cert, service.cert, caller.cert, caller.key, encrypted].flatMap((pem) => pem.split("\n").slice(1, 3)),
];
