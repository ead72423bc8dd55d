import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Pipeline, TOKENS } from "@syncline/core";
import type { Finding } from "@syncline/core/spi";

/** Packages of one release have one version; parts of other contracts are refused before this is asked. */
export function packageFindings(folder: string, pipeline: Pipeline): readonly Finding[] {
  const check = "versions";
  const { name, specVersion } = pipeline.container.get(TOKENS.DatabaseAdapter);
  const parts: Finding = {
    ...{ check, level: "ok", at: "contracts" },
    message: `The adapter ${name} and all transports are of contracts that core knows (${specVersion}).`,
  };
  const versions = installed(folder);
  const distinct = new Set(versions.values());
  const list = [...versions].map(([each, version]) => `${each} ${version}`).join(", ");
  if (versions.size === 0)
    return [
      parts,
      { check, level: "unknown", at: "packages", message: `No package.json above ${folder} names Syncline's.` },
    ];
  if (distinct.size === 1) return [parts, { check, level: "ok", at: "packages", message: `${list}.` }];
  const why = "They are released, and tested, together.";
  const remedy = [`npm install ${[...versions.keys()].map((each) => `${each}@latest`).join(" ")}`];
  return [parts, { check, level: "warn", at: "packages", message: `They differ: ${list}.`, why, remedy }];
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: { readonly [name: string]: string };
  readonly devDependencies?: { readonly [name: string]: string };
}

/** Syncline's packages that the project names, as they are installed. */
function installed(folder: string): ReadonlyMap<string, string> {
  const versions = new Map<string, string>();
  const file = nearest(folder, "package.json");
  if (file === undefined) return versions;
  const { dependencies, devDependencies } = read(file);
  for (const name of Object.keys({ ...devDependencies, ...dependencies }).sort()) {
    const own = name.startsWith("@syncline/") ? nearest(folder, join("node_modules", name, "package.json")) : undefined;
    const version = own === undefined ? undefined : read(own).version;
    if (version !== undefined) versions.set(name, version);
  }
  return versions;
}

function nearest(folder: string, path: string): string | undefined {
  const file = join(folder, path);
  if (existsSync(file)) return file;
  return dirname(folder) === folder ? undefined : nearest(dirname(folder), path);
}

/** One that cannot be read says nothing. */
function read(file: string): Manifest {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Manifest;
  } catch {
    return {};
  }
}
