import { spawn } from "node:child_process";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Ended {
  readonly exitCode: number | null;
  /** All that it printed. */
  readonly output: string;
}

// What this test's own runner and npm told it is not for the programs that it starts.
const ours = /^(VITEST|TEST$|NODE_ENV$|NODE_OPTIONS$|INIT_CWD$|npm_(lifecycle|package|command|execpath|config_local))/;

/** Runs a program to its end, without a terminal. */
export function runIn(folder: string, program: string, parameters: readonly string[]): Promise<Ended> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
  const child = spawn(program, parameters, {
    cwd: folder,
    env: { ...env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, output: chunks.join("") }));
  });
}

/** What a conformance run says. */
export interface ConformanceReport {
  readonly checks: number;
  readonly passed: readonly string[];
  readonly skipped: readonly string[];
  /** How many checks fail for which member. */
  readonly failedFor: { readonly [member: string]: number };
  /** Failures that name no member: each check with its message. */
  readonly unexplained: readonly string[];
}

interface JsonReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

export async function runConformance(folder: string): Promise<ConformanceReport> {
  const file = join(folder, "report.json");
  const { output } = await runIn(folder, "npm", ["test", "--", "--reporter=json", `--outputFile=${file}`]);
  const { testResults } = JSON.parse(readFileSync(file, "utf8")) as JsonReport;
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const titlesOf = (...statuses: readonly string[]) =>
    results.filter(({ status }) => statuses.includes(status)).map(({ title }) => title);
  const failedFor: Record<string, number> = {};
  const unexplained = testResults.flatMap(({ message }) => (message === "" ? [] : [message]));
  // Also what went wrong outside of any check.
  if (/unhandled (error|rejection)/i.test(output)) unexplained.push(output);
  for (const { title, failureMessages } of results.filter(({ status }) => status === "failed")) {
    const message = failureMessages?.join("\n") ?? "";
    const member = /([\w]+(?:\.\w+)+) is not implemented yet: \S/.exec(message)?.[1];
    if (member === undefined) unexplained.push(`${title}: ${message}`);
    else failedFor[member] = (failedFor[member] ?? 0) + 1;
  }
  const skipped = titlesOf("skipped", "pending", "todo");
  return { checks: results.length, passed: titlesOf("passed"), skipped, failedFor, unexplained };
}

/** Writes files of `fill-ins/` over the scaffold's: what an author would write. */
export function fillIn(folder: string, name: string): void {
  const source = fileURLToPath(new URL(`./fill-ins/${name}/`, import.meta.url));
  for (const file of readdirSync(source)) {
    cpSync(join(source, file), join(folder, "src", file.replace(/\.fill-in$/, "")));
  }
}
