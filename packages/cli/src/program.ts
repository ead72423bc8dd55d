import { type DeadLetterFilter, failureKinds } from "@syncline/core/spi";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Address } from "./address.ts";
import { apply } from "./commands/apply.ts";
import { audit } from "./commands/audit.ts";
import { backfill } from "./commands/backfill.ts";
import { capture } from "./commands/capture.ts";
import { categories } from "./commands/categories.ts";
import { check } from "./commands/check.ts";
import { compare } from "./commands/compare.ts";
import { changeDead, deadCauses, listDead, showDead } from "./commands/dead.ts";
import { dev } from "./commands/dev.ts";
import { diff } from "./commands/diff.ts";
import { doctor } from "./commands/doctor.ts";
import { explain } from "./commands/explain.ts";
import { exportDefinitions } from "./commands/export.ts";
import { type InitParts, init, targetFolder } from "./commands/init.ts";
import { migrate } from "./commands/migrate.ts";
import { pauseOrResume } from "./commands/pause.ts";
import { preview } from "./commands/preview.ts";
import { run } from "./commands/run.ts";
import { status } from "./commands/status.ts";
import { discardStranded, listStranded, moveStranded } from "./commands/stranded.ts";
import { strategies } from "./commands/strategies.ts";
import { strategyHistory } from "./commands/strategy-history.ts";
import type { Context } from "./context.ts";
import type { ExitCode } from "./failure.ts";
import { acting, noteOf } from "./note.ts";
import { parseDuration } from "./times.ts";

export interface HowItEnds {
  /** It heeds the terminal's signal itself, and ends in order. Default: what is under way is given up. */
  readonly inOrder: boolean;
}

/** What each command is run by. */
export interface Runners {
  /** Makes the pipeline, and stops it afterwards. */
  within(work: (context: Context) => Promise<ExitCode>, how?: HowItEnds): Promise<void>;
  /** Where there is none yet. */
  alone(work: (parts: AloneParts) => Promise<ExitCode>): Promise<void>;
}

export interface AloneParts extends InitParts {
  readonly folder: string;
}

type Within = Runners["within"];

interface DeadFlags {
  readonly strategy?: string;
  readonly key?: string;
  readonly code?: string;
  readonly state?: "dead" | "held";
  readonly olderThan?: number;
}

/** Every command and its flags. */
export function createProgram({ within, alone }: Runners): Command {
  const program = new Command("syncline")
    .description("Run a pipeline, see what is stuck and why, set it right.")
    .option("-c, --config <file>", "the file whose default export is the pipeline (default: syncline.config.ts)")
    .option("--json", "one JSON document to standard output", false)
    .showHelpAfterError("See --help.")
    .configureHelp({ showGlobalOptions: true });

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
  program
    .command("dev")
    .description("work, and show each call; nothing leaves this machine, unless --live says so")
    .option("--migrate", "make or upgrade the tables first", false)
    .option("--capture", "make triggers that record changes, for each category with a source", false)
    .option("--live", "send the calls", false)
    .option("--full", "show bodies in whole", false)
    .option("-y, --yes", "without asking", false)
    .action((options) => within((context) => dev(context, options), { inOrder: true }));
  program
    .command("run")
    .description("work until Ctrl-C or SIGTERM")
    .option("--migrate", "make or upgrade the tables first", false)
    .option("--health <port>", "answer /livez and /readyz on this port", wholeNumber)
    .option(
      "--metrics <port>",
      "answer Prometheus' GET /metrics on this port of 127.0.0.1, or on address:port",
      address,
    )
    .option("--console [port]", "serve the web console, likewise (default: 9091)", address)
    .option("--stop-within <time>", "how long calls in flight may take at the end", duration, 30_000)
    .action(({ migrate, health, metrics, console: given, stopWithin }) => {
      const console = given === true ? address(consolePort) : given;
      return within((context) => run(context, { migrate, health, metrics, console, timeoutMs: stopWithin }), {
        inOrder: true,
      });
    });
  program
    .command("migrate")
    .description("make or upgrade Syncline's tables")
    .option("--check", "make nothing; exit code 1 if there is something to make", false)
    .action(({ check: isCheck }) => within((context) => migrate(context, isCheck)));
  program
    .command("check")
    .description("all that would keep the pipeline from starting; exit code 1 if there is anything")
    .action(() => within(check));
  program
    .command("doctor")
    .description("look at everything: check, what waits, rights, triggers; exit code 1 if something is to be mended")
    .action(() => within(doctor));
  program
    .command("status")
    .description("how much waits for each strategy, and how long")
    .option("--watch [time]", "again and again", duration)
    .action(({ watch }) => within((context) => status(context, watch === true ? 2_000 : watch)));
  program
    .command("preview <strategy> <key...>")
    .description("what the strategy would send of one key now: `syncline preview crm-orders orderId=42`")
    .action((strategy, key) => within((context) => preview(context, strategy, key)));
  program
    .command("compare <strategy> <other> <key...>")
    .description("what both would send of one key now; exit code 1 if not the same")
    .action((strategy, other, key) => within((context) => compare(context, strategy, other, key)));
  program
    .command("explain <category> <key...>")
    .description("why a key was, or was not, delivered: `syncline explain order orderId=42`")
    .action((category, key) => within((context) => explain(context, category, key)));
  for (const what of ["pause", "resume"] as const)
    acting(program.command(`${what} [strategies...]`))
      .description(what === "pause" ? "no worker claims the strategies until they are resumed" : "work on them again")
      .option("--all", "every strategy", false)
      .action((names, { all, ...by }) => within((context) => pauseOrResume(context, what, names, all, noteOf(by))));
  acting(program.command("backfill <strategy>"))
    .description("send keys to one strategy: all of its category's table, or those of a query")
    .option("--keys <select>", "a SELECT whose columns are named as the category's fields")
    .option("-y, --yes", "without asking", false)
    .action((strategy, { keys, yes, ...by }) =>
      within((context) => backfill(context, strategy, keys, yes, noteOf(by))),
    );
  program
    .command("categories")
    .description("the data dictionary in force, and where each category stands")
    .action(() => within(categories));
  program
    .command("strategies")
    .description("the strategies in force")
    .action(() => within(strategies))
    .command("history <name>")
    .description("what a strategy was, who changed it and when; the newest first")
    .option("--limit <count>", "at most so many", wholeNumber, 20)
    .action((name, { limit }) => within((context) => strategyHistory(context, name, limit)));
  program
    .command("export [folder]")
    .description("write what the tables of categories and strategies hold into files")
    .option("--force", "write over files that say something else", false)
    .action((folder = "syncline", { force }) => within((context) => exportDefinitions(context, folder, force)));
  program
    .command("diff [folder]")
    .description("what is different between files and tables; exit code 1 if anything is")
    .option("--prune", "tell of what the files do not have, too", false)
    .option("--env <name>", "an environment variable that the files may use", collected, [])
    .action((folder = "syncline", options) => within((context) => diff(context, folder, options)));
  acting(program.command("apply [folder]"))
    .description("make the tables as the files are, in one transaction, checked before on the live database")
    .option("--prune", "remove what the files do not have", false)
    .option("--env <name>", "an environment variable that the files may use", collected, [])
    .option("--dry-run", "check, and say what would be done", false)
    .option("-y, --yes", "without asking", false)
    .action((folder = "syncline", { prune, env, dryRun, yes, ...by }) =>
      within((context) => apply(context, folder, { prune, env, dryRun, yes }, noteOf(by))),
    );
  program
    .command("audit")
    .description("what operators did, who and why; the newest first")
    .option("--action <name>", "requeue, discard, pause, resume, backfill, …")
    .option("--strategy <name>", "of this strategy")
    .option("--limit <count>", "at most so many", wholeNumber, 50)
    .option("--after <id>", "those before this entry")
    .action((query) => within((context) => audit(context, query)));
  const captures = program.command("capture").description("triggers that record a category's changes");
  for (const what of ["install", "show", "remove"] as const)
    captures
      .command(`${what} <category>`)
      .description(captureWords[what])
      .action((category) => within((context) => capture(context, what, category)));
  addDead(program, within);
  addStranded(program, within);
  return program;
}

/** Where the web console listens if nothing is said. */
const consolePort = "9091";

const captureWords = {
  install: "make them, or bring them up to date",
  show: "whether they are as they should be; exit code 1 if not",
  remove: "drop them",
};

function addDead(program: Command, within: Within): void {
  const dead = program.command("dead").description("dead letters, and what is held for a person");
  filtered(dead.command("list"))
    .description("the oldest first")
    .option("--limit <count>", "at most so many", wholeNumber, 100)
    .action(({ limit, ...flags }) => within((context) => listDead(context, filterOf(flags), limit)));
  filtered(dead.command("causes"))
    .description("how many died of what, the most frequent first")
    .action((flags) => within((context) => deadCauses(context, filterOf(flags))));
  dead
    .command("show <id>")
    .description("one of them, in whole")
    .action((id) => within((context) => showDead(context, id)));
  for (const what of ["requeue", "discard"] as const)
    acting(filtered(dead.command(`${what} [ids...]`)))
      .description(what === "requeue" ? "send them again, with fresh attempts" : "forget them, for good")
      .option("-y, --yes", "without asking", false)
      .action((ids, { yes, by, reason, ...flags }) =>
        within((context) =>
          changeDead(context, what, ids, filterOf(flags), { isSure: yes, note: noteOf({ by, reason }) }),
        ),
      );
}

function filtered(command: Command): Command {
  return command
    .option("--strategy <name>", "of this strategy")
    .option("--key <text>", "whose key's text has this in it")
    .option("--code <code>", "with this code or kind of failure")
    .addOption(new Option("--state <state>", "dead, or held for a person").choices(["dead", "held"]))
    .option("--older-than <time>", "died longer ago: 90s, 15m, 2h, 3d", duration);
}

function filterOf({ olderThan, ...flags }: DeadFlags): DeadLetterFilter {
  const { strategy, key, code, state } = flags;
  const isKind = (failureKinds as readonly string[]).includes(code ?? "");
  return {
    ...(strategy === undefined ? {} : { strategy }),
    ...(key === undefined ? {} : { key }),
    ...(code === undefined ? {} : isKind ? { kind: code } : { code }),
    ...(state === undefined ? {} : { state }),
    ...(olderThan === undefined ? {} : { olderThanMs: olderThan }),
  };
}

function addStranded(program: Command, within: Within): void {
  const stranded = program.command("stranded").description("what strategies have left that no running worker has");
  stranded
    .command("list")
    .description("how much, and one key of each")
    .action(() => within(listStranded));
  acting(stranded.command("move <strategy> <to>"))
    .description("hand it to another strategy, which sends the rows as they are now")
    .option("--held", "those that are held for a person, too", false)
    .option("-y, --yes", "without asking", false)
    .action((strategy, to, { held, yes, ...by }) =>
      within((context) => moveStranded(context, strategy, to, { held, yes, note: noteOf(by) })),
    );
  acting(stranded.command("discard <strategy>"))
    .description("forget it, for good")
    .option("--held", "those that are held for a person, too", false)
    .option("-y, --yes", "without asking", false)
    .action((strategy, { held, yes, ...by }) =>
      within((context) => discardStranded(context, strategy, { held, yes, note: noteOf(by) })),
    );
}

function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function variableName(text: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(text))
    throw new InvalidArgumentError("It has to be a variable's name: CRM_TOKEN.");
  return text;
}

function address(text: string): Address {
  const [, host = "127.0.0.1", port = ""] = /^(?:\[?([^\]]+?)\]?:)?(\d{1,5})$/.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535)
    throw new InvalidArgumentError("Write a port, or address:port: 0.0.0.0:9464.");
  return { host, port: Number(port) };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It has to be a whole number.");
  return Number(text);
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
