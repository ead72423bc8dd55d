import { parseArgs } from "node:util";
import { wrongPackageName } from "./names.ts";
import { isPluginKind, type PluginKind, pluginKinds } from "./plugin-kind.ts";

export interface Flags {
  readonly kind: PluginKind | undefined;
  readonly name: string | undefined;
  readonly directory: string | undefined;
  readonly yes: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

export interface ParsedFlags {
  readonly flags: Flags;
  /** Everything that is wrong, one sentence each. */
  readonly problems: readonly string[];
}

const known = {
  kind: { type: "string" },
  name: { type: "string" },
  directory: { type: "string" },
  yes: { type: "boolean", short: "y" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

const texts = ["kind", "name", "directory"] as const;
const switches = ["yes", "help", "version"] as const;

export function parseFlags(parameters: readonly string[]): ParsedFlags {
  // Not strict: that would stop at the first mistake, and all of them are to be told.
  const { values, tokens } = parseArgs({
    args: [...parameters],
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind === "positional") problems.push(`"${token.value}" is not expected here: name it by a flag`);
    if (token.kind !== "option") continue;
    if (!Object.hasOwn(known, token.name)) problems.push(`there is no ${token.rawName}`);
    else if (seen.has(token.name)) problems.push(`--${token.name} is given twice`);
    seen.add(token.name);
  }
  for (const name of texts) {
    if (seen.has(name) && !isText(values[name])) problems.push(`--${name} needs a value`);
  }
  for (const name of switches) {
    if (seen.has(name) && values[name] !== true) problems.push(`--${name} takes no value`);
  }
  const { kind, name, directory } = values;
  if (isText(kind) && !isPluginKind(kind)) problems.push(`--kind must be ${pluginKinds.join(" or ")}, not "${kind}"`);
  const wrongName = isText(name) ? wrongPackageName(name) : undefined;
  if (wrongName !== undefined) problems.push(`--name ${wrongName}`);
  const flags: Flags = {
    kind: isPluginKind(kind) ? kind : undefined,
    name: isText(name) ? name : undefined,
    directory: isText(directory) ? directory : undefined,
    yes: values.yes === true,
    help: values.help === true,
    version: values.version === true,
  };
  return { flags, problems };
}

function isText(value: unknown): value is string {
  // What begins with a dash is the next flag, which the parser took for the value that is missing.
  return typeof value === "string" && value !== "" && !value.startsWith("-");
}
