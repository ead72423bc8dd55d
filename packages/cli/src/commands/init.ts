import { resolve } from "node:path";
import { SynclineError } from "@syncline/core";
import type { SourceTable } from "@syncline/core/spi";
import { suggestion } from "@syncline/core/transport-kit";
import { visibleLines } from "../context.ts";
import { type ExitCode, Refusal } from "../failure.ts";
import { databaseAt, type KnownDatabase } from "../init/databases.ts";
import {
  completeEnvironment,
  completeLines,
  completeManifest,
  environmentFile,
  refuseTaken,
  writeNew,
} from "../init/files.ts";
import { downstreamName } from "../init/names.ts";
import { install, ownVersion, packageManager } from "../init/packages.ts";
import { type PlannedTable, planTables, unfitFor } from "../init/plan.ts";
import { readme } from "../init/readme.ts";
import { type PlannedProject, sourceFiles } from "../init/sources.ts";
import type { AloneParts, Register } from "../registration.ts";
import type { Terminal } from "../terminal.ts";
import { collected, variableName } from "../values.ts";

export interface InitFlags {
  /** Its address, or a SQLite file's path. */
  readonly database: string | undefined;
  readonly tables: readonly string[];
  /** `[name=]https://…` */
  readonly downstream: string | undefined;
  readonly tokenVariable: string | undefined;
  readonly install: boolean;
  readonly yes: boolean;
}

const cancelled = "Cancelled: nothing more was written.";

/** A project in a folder, for a database that is there. Writes nothing to the database. */
export async function init(folder: string, flags: InitFlags, parts: AloneParts): Promise<ExitCode> {
  const { terminal } = parts;
  refuseTaken(folder, ["src/categories.ts", "src/strategies.ts", "SYNCLINE.md"]);
  refuseMissing(folder, flags, terminal);
  const database = databaseAt(await addressOf(folder, flags, terminal), folder);
  const driver = await installed(folder, database, flags, parts);
  const found = await tablesOf(database, driver, folder, parts);
  const tables = await chosen(found, flags, terminal);
  const downstream = await downstreamOf(flags, terminal);
  const planned = planTables(tables, downstream.name);
  const project: PlannedProject = { database, driver, tables: planned, downstream };
  const written = write(folder, project);
  const document = {
    folder,
    files: written,
    categories: planned.map(({ category, table }) => ({ category, table })),
    strategies: planned.map(({ strategy }) => strategy),
  };
  terminal.print(parts.json ? JSON.stringify(document, null, 2) : visibleLines(farewell(project, written)));
  return 0;
}

/** Where nobody can be asked, all that is missing at once. */
function refuseMissing(folder: string, flags: InitFlags, terminal: Terminal): void {
  if (mayAsk(flags, terminal)) return;
  const missing = [
    ...(knownAddress(folder, flags) === undefined ? ["--database <url> (or DATABASE_URL)"] : []),
    ...(flags.tables.length === 0 ? ["--table <table>"] : []),
    ...(flags.downstream === undefined ? ["--downstream <url>"] : []),
  ];
  if (missing.length > 0) throw new Refusal(`Nobody can be asked here. Missing: ${missing.join(", ")}.`, 2);
}

function mayAsk({ yes }: InitFlags, { isInteractive, questions }: Terminal): boolean {
  return isInteractive && questions !== undefined && !yes;
}

function knownAddress(folder: string, { database }: InitFlags): string | undefined {
  const { DATABASE_URL, DATABASE_FILE } = environmentFile(folder);
  const found = database ?? process.env.DATABASE_URL ?? DATABASE_URL ?? process.env.DATABASE_FILE ?? DATABASE_FILE;
  return found === "" ? undefined : found;
}

async function addressOf(folder: string, flags: InitFlags, { questions }: Terminal): Promise<string> {
  const known = knownAddress(folder, flags);
  if (known !== undefined) return known;
  const message =
    "Where is the database? postgres://user:password@host/database, mariadb://… or a SQLite file (not shown: it holds a password)";
  const wrong = (text: string) => problemOf(() => databaseAt(text, folder));
  return answered(await questions?.text(message, { secret: true, wrong }));
}

function problemOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function answered<Value>(answer: Value | undefined): Value {
  if (answer === undefined) throw new Refusal(cancelled);
  return answer;
}

/** The driver that is there, once all packages are. */
async function installed(
  folder: string,
  database: KnownDatabase,
  flags: InitFlags,
  { terminal, importFrom }: AloneParts,
): Promise<string> {
  const driverThere = async () => {
    for (const { name } of database.drivers) if ((await importFrom(folder, name)) !== undefined) return name;
    return undefined;
  };
  const needed = ["@syncline/core", database.adapter, "@syncline/http"];
  const present = await Promise.all(needed.map((name) => importFrom(folder, name)));
  const before = await driverThere();
  const [usual] = database.drivers;
  const driver = database.drivers.find(({ name }) => name === before) ?? usual;
  if (driver === undefined) throw new Error("a database without a driver");
  const version = `^${ownVersion()}`;
  const dependencies = Object.fromEntries([
    ...[...needed, "@syncline/cli"].map((name) => [name, version]),
    [driver.name, driver.version],
  ]);
  completeManifest(folder, { dependencies, scripts });
  if (before !== undefined && present.every((module) => module !== undefined)) return before;
  const manager = packageManager();
  const names = Object.keys(dependencies).join(", ");
  if (!flags.install)
    throw new Refusal(`package.json names ${names}: run \`${manager} install\`, and then init again.`);
  if (mayAsk(flags, terminal) && !(await terminal.confirm(`Install ${names} with ${manager}?`)))
    throw new Refusal(`Nothing was installed. Run \`${manager} install\`, and then init again.`);
  terminal.printError(`${manager} install: ${names}`);
  await install(folder, manager, terminal.signal);
  const after = await driverThere();
  if (after === undefined) throw new Refusal(`${manager} install has not brought ${driver.name}.`);
  return after;
}

const scripts = {
  dev: "syncline dev --migrate --capture",
  start: "syncline run",
  migrate: "syncline migrate",
  check: "syncline check",
};

async function tablesOf(
  database: KnownDatabase,
  driver: string,
  folder: string,
  { terminal, importFrom }: AloneParts,
): Promise<readonly SourceTable[]> {
  const adapter = database.open(await importFrom(folder, database.adapter), await importFrom(folder, driver));
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const session = adapter.open({ log });
  try {
    if (session.sources?.tables === undefined)
      throw new SynclineError("config.invalid", `${database.adapter} cannot list tables: is it of another version?`);
    return await session.sources.tables(terminal.signal);
  } finally {
    await session.close();
  }
}

async function chosen(
  found: readonly SourceTable[],
  flags: InitFlags,
  terminal: Terminal,
): Promise<readonly SourceTable[]> {
  if (flags.tables.length > 0) return flags.tables.map((name) => named(name, found));
  const fit = found.filter((table) => unfitFor(table) === undefined);
  const unfit = found.filter((table) => !fit.includes(table));
  if (unfit.length > 0)
    terminal.printError(
      visibleLines(
        ["Of these no category can be made:", ...unfit.map((each) => `  ${each.table} ${unfitFor(each)}`)].join("\n"),
      ),
    );
  if (fit.length === 0) throw new Refusal("There is no table here that a category can be made of.");
  const choices = fit.map(({ table, key }) => ({ value: table, hint: `key ${key.join(", ")}` }));
  const names = answered(await terminal.questions?.choose("Which tables are downstreams to follow?", choices));
  return fit.filter(({ table }) => names.includes(table));
}

/** As SQL has it, or without a schema or quotes where only one is called so. */
function named(name: string, found: readonly SourceTable[]): SourceTable {
  const plain = (table: string) => table.replaceAll(/["`]/g, "").toLowerCase();
  const exact = found.filter(({ table }) => table === name);
  const alike = exact.length > 0 ? exact : found.filter(({ table }) => plain(table) === plain(name));
  const last = alike.length > 0 ? alike : found.filter(({ table }) => plain(table).endsWith(`.${plain(name)}`));
  const [only, ...others] = last;
  if (only === undefined) {
    const names = found.map(({ table }) => table);
    throw new Refusal(
      `There is no table ${name}, or this login may not see it${suggestion(name, names)}. There are ${found.length}${listed(names)}.`,
      2,
    );
  }
  if (others.length > 0)
    throw new Refusal(`${name} may be ${last.map(({ table }) => table).join(" or ")}: say which.`, 2);
  const reason = unfitFor(only);
  if (reason !== undefined) throw new Refusal(`${only.table} ${reason}.`);
  return only;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "" : `: ${names.slice(0, 20).join(", ")}${names.length > 20 ? ", …" : ""}`;
}

async function downstreamOf(flags: InitFlags, terminal: Terminal): Promise<PlannedProject["downstream"]> {
  const wrong = (text: string) => problemOf(() => parseDownstream(text));
  const message = "Where do changes go? An HTTP interface's base URL; rows are put to /<table>/<key> below it";
  const given = flags.downstream ?? answered(await terminal.questions?.text(message, { wrong }));
  return { ...parseDownstream(given), tokenVariable: flags.tokenVariable };
}

/** `https://crm.example.com/api`, or with a name in front: `crm=https://…`. */
function parseDownstream(given: string): { readonly name: string; readonly baseUrl: string } {
  const [, name, address = given] = /^([A-Za-z][\w.-]{0,63})=(.*)$/s.exec(given) ?? [];
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new Refusal("The downstream has to be a URL: https://crm.example.com/api, or crm=https://….", 2);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new Refusal("init knows downstreams over HTTP alone; for gRPC and SOAP, change syncline.config.ts.", 2);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw new Refusal(
      "A downstream's URL has no user, password, query or fragment: it is written to a file that is committed. See --token-variable.",
      2,
    );
  return { name: name ?? downstreamName(url), baseUrl: address };
}

/** Returns the paths of what was written or changed. */
function write(folder: string, project: PlannedProject): readonly string[] {
  const { database, downstream } = project;
  const { tokenVariable } = downstream;
  const token = (value: string) => (tokenVariable === undefined ? [] : [`${tokenVariable}=${value}`]);
  const files = [...sourceFiles(project), { path: "SYNCLINE.md", content: readme(project) }];
  // First, so that no password is ever beside a git that would take it.
  const changed = [
    ...(completeLines(folder, ".gitignore", ["node_modules/", ".env"]) ? [".gitignore"] : []),
    ...(completeEnvironment(folder, { [database.variable]: database.value }) ? [".env"] : []),
  ];
  if (tokenVariable !== undefined && environmentFile(folder)[tokenVariable] === undefined)
    completeLines(folder, ".env", token(""));
  completeLines(folder, ".env.example", [`${database.variable}=${database.example}`, ...token("")]);
  for (const file of files) writeNew(folder, file);
  return ["package.json", ...changed, ".env.example", ...files.map(({ path }) => path)];
}

function farewell({ tables, database, downstream }: PlannedProject, files: readonly string[]): string {
  return [
    ...tables.map(({ table, strategy }) => `${table}: ${strategy}`),
    `Written: ${files.join(", ")}.`,
    ...tables.flatMap(describeLeftOut),
    "",
    "Look at src/strategies.ts: it says what leaves the database. Then",
    "",
    "  npx syncline check   what would keep it from starting",
    `  npm run dev          makes Syncline's tables and triggers in ${database.shown}, and shows each call;`,
    `                       nothing is sent to ${downstream.baseUrl}`,
    "  npm start            delivers",
  ].join("\n");
}

function describeLeftOut({ table, leftOut }: PlannedTable): readonly string[] {
  return leftOut.length === 0 ? [] : [`Left out of ${table}, since they look like secrets: ${leftOut.join(", ")}.`];
}

/** The folder that was named, or the one that the command is run in. */
export function targetFolder(folder: string, given: string | undefined): string {
  return given === undefined ? folder : resolve(folder, given);
}

export const registerInit: Register = (program, { alone }) => {
  program
    .command("init [folder]")
    .description("a project for a database that is there: asks, or takes it all by flags")
    .option("--database <address>", "postgres://…, mariadb://…, or a SQLite file (default: DATABASE_URL)")
    .option("--table <name>", "a table to follow; may be given several times", collected, [])
    .option("--downstream <url>", "an HTTP interface's base URL; crm=https://… gives it a name")
    .option("--token-variable <name>", "the environment variable with the downstream's bearer token", variableName)
    .option("--no-install", "run no package manager")
    .option("-y, --yes", "without asking", false)
    .action((folder, { table: tables, database, downstream, tokenVariable, install, yes }) =>
      alone((parts) =>
        init(targetFolder(parts.folder, folder), { database, tables, downstream, tokenVariable, install, yes }, parts),
      ),
    );
};
