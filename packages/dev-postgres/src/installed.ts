import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { type Binaries, executableSuffix } from "./binaries.ts";

const run = promisify(execFile);

/** `DROP DATABASE … WITH (FORCE)` came with 13. */
const oldestMajor = 13;

/** Parents of version folders, and where the programs are inside: Debian, Red Hat, Homebrew, Postgres.app, Windows. */
const layouts: readonly { readonly parent: string; readonly version: RegExp; readonly inside: string }[] = [
  { parent: "/usr/lib/postgresql", version: /^\d+/, inside: "bin" },
  { parent: "/usr", version: /^pgsql-\d+$/, inside: "bin" },
  { parent: "/opt/homebrew/opt", version: /^postgresql(@\d+)?$/, inside: "bin" },
  { parent: "/usr/local/opt", version: /^postgresql(@\d+)?$/, inside: "bin" },
  { parent: "/Applications/Postgres.app/Contents/Versions", version: /^\d+/, inside: "bin" },
  { parent: "C:\\Program Files\\PostgreSQL", version: /^\d+/, inside: "bin" },
];

/** The newest PostgreSQL installed on this machine, or undefined. */
export async function installedBinaries(): Promise<Binaries | undefined> {
  const directories = [...new Set([...inKnownPlaces(), ...onPath(), ...(await fromPgConfig())])].filter(isComplete);
  const found = (await Promise.all(directories.map(versionOf))).filter((each) => each !== undefined);
  found.sort((left, right) => right.version - left.version);
  const newest = found[0];
  if (newest === undefined || newest.version < oldestMajor) return undefined;
  return {
    kind: "installed",
    directory: newest.directory,
    description: `PostgreSQL ${newest.text} in ${newest.directory}`,
  };
}

function inKnownPlaces(): readonly string[] {
  return layouts.flatMap(({ parent, version, inside }) =>
    existsSync(parent)
      ? readdirSync(parent)
          .filter((name) => version.test(name))
          .map((name) => join(parent, name, inside))
      : [],
  );
}

function onPath(): readonly string[] {
  return (process.env.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
}

async function fromPgConfig(): Promise<readonly string[]> {
  try {
    return [(await run("pg_config", ["--bindir"])).stdout.trim()];
  } catch {
    return [];
  }
}

function isComplete(directory: string): boolean {
  return ["initdb", "postgres"].every((program) => existsSync(join(directory, program + executableSuffix)));
}

interface Version {
  readonly directory: string;
  /** 15.18 sorts as a number, which is exact enough to find the newest major. */
  readonly version: number;
  readonly text: string;
}

async function versionOf(directory: string): Promise<Version | undefined> {
  try {
    const { stdout } = await run(join(directory, `postgres${executableSuffix}`), ["--version"]);
    const text = /\d+(\.\d+)?/.exec(stdout)?.[0];
    return text === undefined ? undefined : { directory, version: Number.parseFloat(text), text };
  } catch {
    return undefined;
  }
}
