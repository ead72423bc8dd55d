import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Pipeline } from "@syncline/core";
import { Refusal } from "./failure.ts";

/** Tried in this order, in the folder that the command is run in. */
export const configNames = ["ts", "mts", "js", "mjs", "yaml", "yml"].map((ending) => `syncline.config.${ending}`);

/**
 * The pipeline that a configuration file's default export is, makes, or promises. Errors: `Refusal`
 * where there is no file, it cannot be loaded, or there is no pipeline in it.
 */
export async function loadPipeline(folder: string, given: string | undefined): Promise<Pipeline> {
  const file = findConfig(folder, given);
  loadEnvironment(dirname(file));
  if (/\.ya?ml$/.test(file)) {
    const { loadYaml } = await import("./yaml/load.ts");
    const { pipeline, placeOf } = await loadYaml(file);
    places.set(pipeline, placeOf);
    return pipeline;
  }
  const exported = await defaultExport(file);
  let made: unknown;
  try {
    made = await (typeof exported === "function" ? exported() : exported);
  } catch (error) {
    throw new Refusal(`${file} makes no pipeline: ${messageOf(error)}`);
  }
  if (!isPipeline(made))
    throw new Refusal(
      `${file} has to export a pipeline by default, or a function that makes one: export default createPipeline({ … }).`,
    );
  return made;
}

const places = new WeakMap<Pipeline, (at: string) => string | undefined>();

/** Where an option stands in the configuration's file, if that is one of data; otherwise as core names it. */
export function placeIn(pipeline: Pipeline, at: string): string {
  return places.get(pipeline)?.(at) ?? at;
}

/** `.env` beside the configuration, as `node --env-file` reads it: what is set already stays. */
function loadEnvironment(folder: string): void {
  const file = join(folder, ".env");
  if (!existsSync(file)) return;
  try {
    process.loadEnvFile(file);
  } catch (error) {
    throw new Refusal(`${file} cannot be read: ${messageOf(error)}`, 2);
  }
}

function findConfig(folder: string, given: string | undefined): string {
  const candidates = (given === undefined ? configNames : [given]).map((name) => resolve(folder, name));
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Refusal(
    given === undefined
      ? `There is no syncline.config.ts here (${folder}), nor with .mts, .js, .mjs or .yaml. Name the file: --config path/to/file.ts.`
      : `There is no file ${candidates[0]}.`,
    2,
  );
}

async function defaultExport(file: string): Promise<unknown> {
  try {
    if (!/\.[cm]?ts$/.test(file)) return ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
    // Node runs TypeScript itself only from 22.18 on.
    const { createJiti } = await import("jiti");
    return await createJiti(pathToFileURL(file).href).import(file, { default: true });
  } catch (error) {
    throw new Refusal(`${file} cannot be loaded: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const members = ["start", "stop", "migrate", "status", "check"] as const;

/** By its members: copies of core may differ. */
function isPipeline(made: unknown): made is Pipeline {
  if (typeof made !== "object" || made === null) return false;
  const parts = made as { readonly [member: string]: unknown };
  return members.every((member) => typeof parts[member] === "function");
}
