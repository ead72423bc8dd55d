import { pluginKinds } from "./plugin-kind.ts";

/** How a package's name appears in its code. */
export interface PluginNames {
  /** `@acme/syncline-message-queue`. */
  readonly packageName: string;
  /** `message-queue`: what codes of failures begin with. */
  readonly word: string;
  /** `messageQueue`: the function that applications call. */
  readonly camel: string;
  /** `MessageQueue`: what types begin with. */
  readonly pascal: string;
}

// npm's limit, scope included.
const longest = 214;

/** What is wrong with a package's name, as npm sees it; `undefined` if nothing. */
export function wrongPackageName(name: string): string | undefined {
  const fits = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(name) && name.length <= longest;
  return fits
    ? undefined
    : `must be a package's name, such as @acme/syncline-db2: lower case, at most ${longest} characters`;
}

/** The name without its scope: the folder that is made unless another is named. */
export function folderOf(packageName: string): string {
  return packageName.replace(/^@[^/]*\//, "");
}

export function namesOf(packageName: string): PluginNames {
  const own = folderOf(packageName).replace(new RegExp(`^syncline-|-(${pluginKinds.join("|")})$`, "g"), "");
  const parts = own.split(/[^a-z0-9]+/).filter((part) => part !== "" && part !== "syncline");
  // No identifier begins with a digit, and a code of a failure begins with a letter.
  if (!/^[a-z]/.test(parts[0] ?? "")) parts.unshift("plugin");
  const pascal = parts.map((part) => part.slice(0, 1).toUpperCase() + part.slice(1)).join("");
  const camel = pascal.slice(0, 1).toLowerCase() + pascal.slice(1);
  const more = taken.has(camel) ? "Plugin" : "";
  return { packageName, word: parts.join("-"), camel: camel + more, pascal: pascal + more };
}

/** What neither the function nor its types can be called after: the language's own words, and the names that the templates use beside it. */
const taken: ReadonlySet<string> = new Set(
  [
    "arguments async await break case catch class const continue debugger default delete do else enum eval export extends",
    "false finally for function if implements import in instanceof interface let new null of package private protected",
    "public return static super switch this throw true try typeof undefined var void while with yield",
    "backlog capabilities connections describe dialect it lexical migrations options poller problems recorder translate",
    "createBacklogStore createConnections createMigrations createPoller createQueryRunner",
    "databaseConformance httpFixture lexicalRules notImplemented fixture open transportConformance",
    "adapter checkOptions checkStrategy connectionString context database sync transport",
  ].flatMap((line) => line.split(" ")),
);
