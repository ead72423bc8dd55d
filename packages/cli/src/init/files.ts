import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { configNames } from "../config.ts";
import { Refusal } from "../failure.ts";
import type { PlannedFile } from "./sources.ts";

/** Errors: `Refusal`, with each file that is in the way. */
export function refuseTaken(folder: string, paths: readonly string[]): void {
  const taken = [...new Set([...configNames, ...paths])].filter((path) => existsSync(join(folder, path)));
  if (taken.length === 0) return;
  throw new Refusal(
    `${taken.join(", ")} ${taken.length === 1 ? "is" : "are"} there already, and init overwrites nothing: take another folder, or move ${taken.length === 1 ? "it" : "them"} away.`,
  );
}

/** Errors: those of the file system; what is there already is not touched. */
export function writeNew(folder: string, { path, content }: PlannedFile): void {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content, { flag: "wx" });
}

interface Manifest {
  name?: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  readonly [other: string]: unknown;
}

export interface Wanted {
  readonly dependencies: { readonly [name: string]: string };
  readonly scripts: { readonly [name: string]: string };
}

/**
 * Adds what is missing to package.json, or makes it. What it says already stays. Returns whether it
 * was changed.
 */
export function completeManifest(folder: string, { dependencies, scripts }: Wanted): boolean {
  const file = join(folder, "package.json");
  const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const manifest = before === undefined ? newManifest(folder) : parsed(file, before);
  const known = { ...(manifest.devDependencies as Record<string, string> | undefined), ...manifest.dependencies };
  const missing = Object.entries(dependencies).filter(([name]) => known[name] === undefined);
  manifest.dependencies = Object.fromEntries(
    [...Object.entries(manifest.dependencies ?? {}), ...missing].sort(([one], [other]) => (one < other ? -1 : 1)),
  );
  manifest.scripts = { ...scripts, ...manifest.scripts };
  const after = `${JSON.stringify(manifest, null, 2)}\n`;
  if (after === before) return false;
  writeFileSync(file, after);
  return true;
}

function newManifest(folder: string): Manifest {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replaceAll(/^[._-]+/g, "");
  return { name: name === "" ? "sync" : name, private: true, type: "module" };
}

function parsed(file: string, content: string): Manifest {
  try {
    const found: unknown = JSON.parse(content);
    if (typeof found === "object" && found !== null && !Array.isArray(found)) return found as Manifest;
  } catch {
    // Told below.
  }
  throw new Refusal(`${file} is no JSON object: mend it first.`);
}

/** Adds lines that are not there yet. Returns whether there were any. */
export function completeLines(folder: string, path: string, lines: readonly string[]): boolean {
  const file = join(folder, path);
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const known = new Set(before.split(/\r?\n/).map((line) => line.trim()));
  const missing = lines.filter((line) => !known.has(line));
  if (missing.length === 0) return false;
  writeFileSync(file, `${ended(before)}${missing.join("\n")}\n`);
  return true;
}

function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

/** What `.env` says of a variable. */
export function environmentFile(folder: string): { readonly [name: string]: string | undefined } {
  const file = join(folder, ".env");
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
}

/**
 * Adds variables that `.env` does not have; nobody else on the machine may read it. Errors:
 * `Refusal`, where one has another value.
 */
export function completeEnvironment(folder: string, values: { readonly [name: string]: string }): boolean {
  const known = environmentFile(folder);
  const other = Object.entries(values).find(([name, value]) => known[name] !== undefined && known[name] !== value);
  if (other !== undefined)
    throw new Refusal(`.env has another ${other[0]}, and init overwrites nothing: take that one, or change it there.`);
  const missing = Object.entries(values).filter(([name]) => known[name] === undefined);
  if (missing.length === 0) return false;
  const file = join(folder, ".env");
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const lines = missing.map(([name, value]) => `${name}=${quoted(value)}`);
  writeFileSync(file, `${ended(before)}${lines.join("\n")}\n`, { mode: 0o600 });
  return true;
}

/** As `process.loadEnvFile` reads it back. */
function quoted(value: string): string {
  if (/^[\w./:@%+?&=,~-]*$/.test(value)) return value;
  const quote = ["'", "`", '"'].find((sign) => !value.includes(sign));
  if (quote === undefined)
    throw new Refusal("The database's address has all three of ' \" ` in it: write it to .env yourself.", 2);
  return `${quote}${value}${quote}`;
}
