import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Pipeline } from "@syncline/core";
import { isSynclineError, type Problem } from "@syncline/core/spi";
import { parseDefinitions } from "@syncline/files";
import { Refusal } from "../failure.ts";
import { type ImportFrom, importFromFolder } from "../init/packages.ts";
import { buildPipeline } from "./build.ts";

export interface YamlPipeline {
  readonly pipeline: Pipeline;
  /** Where an option stands, as core names it: `syncline.config.yaml:12:5 (tuning.leaseMs)`. */
  readonly placeOf: (at: string) => string | undefined;
}

/** Errors: `Refusal`, a line for each problem with file, line and column. */
export async function loadYaml(file: string, importFrom: ImportFrom = importFromFolder): Promise<YamlPipeline> {
  const name = basename(file);
  const parsed = parseDefinitions(name, textOf(file));
  if (!parsed.ok) throw refusal(parsed.problems);
  const [document, ...more] = parsed.definitions;
  if (document === undefined || more.length > 0)
    throw refusal([{ at: name, message: "It must have one document, and no `---` between two." }]);
  const { value, place } = document;
  const placeOf = (at: string) => ((at.split(/[.[]/, 1)[0] ?? "") in value ? place(inDocument(value, at)) : undefined);
  try {
    return { pipeline: await buildPipeline(value, dirname(file), importFrom), placeOf };
  } catch (error) {
    if (!isSynclineError(error)) throw error;
    const problems = error.problems.length > 0 ? error.problems : [{ at: name, message: error.message }];
    throw refusal(problems.map(({ at, message }) => ({ at: placeOf(at) ?? place(at), message })));
  }
}

/** Core names `downstreams.crm.baseUrl`; between them the document has the transport. */
function inDocument(value: { readonly [option: string]: unknown }, at: string): string {
  const [, name = "", rest] = /^downstreams\.([^.]+)(?:\.(.*))?$/s.exec(at) ?? [];
  const of = (value.downstreams as { readonly [name: string]: unknown } | undefined)?.[name];
  const [transport] = typeof of === "object" && of !== null ? Object.keys(of) : [];
  if (transport === undefined || rest === undefined || rest === transport || rest.startsWith(`${transport}.`))
    return at;
  return `downstreams.${name}.${transport}.${rest}`;
}

function refusal(problems: readonly Problem[]): Refusal {
  return new Refusal(problems.map(({ at, message }) => `${at}: ${message}`).join("\n"), 2);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Refusal(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"}).`, 2);
  }
}
