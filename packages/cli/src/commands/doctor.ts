import { type Pipeline, TOKENS } from "@syncline/core";
import { type DatabaseRole, databaseRoles, type Finding, type FindingLevel } from "@syncline/core/spi";
import { InvalidArgumentError } from "commander";
import { answer, type Context } from "../context.ts";
import { found } from "../doctor/found.ts";
import { packageFindings } from "../doctor/packages.ts";
import { workFindings } from "../doctor/work.ts";
import type { ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";
import { placed } from "./check.ts";

export interface DoctorFlags {
  /** `recorder=shop` */
  readonly role: readonly (readonly [DatabaseRole, string])[];
  /** Warnings, and what could not be looked at, are no success either. */
  readonly strict: boolean;
}

/** Looks at everything that can be seen from here. Exit code 1: something is to be mended. */
export async function doctor(context: Context, { role, strict }: DoctorFlags): Promise<ExitCode> {
  const { pipeline, folder } = context;
  const findings = (
    await Promise.all([
      found("versions", "packages", async () => packageFindings(folder, pipeline)),
      found("connection", "the database", () => examined(pipeline, Object.fromEntries(role))),
      found("pipeline", "pipeline", () => checked(pipeline)),
      found("work", "work", async () => workFindings(await pipeline.status())),
      found("reading", "rights of the reading login", () => reading(pipeline)),
      ...captures(pipeline),
    ])
  ).flat();
  answer(context, { findings, counts: countsOf(findings) }, () => describeFindings(findings));
  const bad: readonly FindingLevel[] = strict ? ["error", "warn", "unknown"] : ["error"];
  return findings.some(({ level }) => bad.includes(level)) ? 1 : 0;
}

function countsOf(findings: readonly Finding[]): { readonly [Level in FindingLevel]: number } {
  const count = (wanted: FindingLevel) => findings.filter(({ level }) => level === wanted).length;
  return { error: count("error"), warn: count("warn"), unknown: count("unknown"), ok: count("ok") };
}

const margin = " ".repeat("unknown  ".length);

/** What is wrong comes last, where whoever reads a terminal sees it. */
function describeFindings(findings: readonly Finding[]): string {
  const order: readonly FindingLevel[] = ["ok", "unknown", "warn", "error"];
  const lines = order.flatMap((wanted) =>
    findings
      .filter(({ level }) => level === wanted)
      .flatMap(({ level, check, at, message, why, remedy = [] }) => [
        `${level.padEnd(7)}  ${at.startsWith(check) ? at : `${check}, ${at}`}: ${message}`,
        ...(why === undefined ? [] : [`${margin}${why}`]),
        ...remedy.map((text) => `${margin}> ${text.replaceAll("\n", `\n${margin}  `)}`),
      ]),
  );
  const { error, warn, unknown, ok } = countsOf(findings);
  return [...lines, `${error} errors, ${warn} warnings, ${unknown} not known, ${ok} well.`].join("\n");
}

async function examined(pipeline: Pipeline, roles: { readonly [Role in DatabaseRole]?: string }) {
  const findings = await pipeline.diagnose({ roles });
  const message = "It answers.";
  return [{ check: "connection", level: "ok" as const, at: "the database", message }, ...findings];
}

async function checked(pipeline: Pipeline): Promise<readonly Finding[]> {
  const problems = placed(pipeline, await pipeline.check());
  const why = "Syncline does not start, or holds what is named, as long as it is so.";
  if (problems.length > 0)
    return problems.map(({ at, message }) => ({ check: "pipeline", level: "error", at, message, why }));
  const message = "Options, files, tables and the query of every strategy are in order.";
  return [{ check: "pipeline", level: "ok", at: "pipeline", message }];
}

async function reading(pipeline: Pipeline): Promise<readonly Finding[]> {
  const check = "reading";
  const canTell = pipeline.container.get(TOKENS.DatabaseSession).reviewRights !== undefined;
  const at = "rights of the reading login";
  if (!canTell) return [{ check, level: "unknown", at, message: "This database's adapter does not look at them." }];
  const surplus = await pipeline.reviewRights();
  if (surplus.length === 0)
    return [{ check, level: "ok", at, message: "It may do nothing but read, as far as can be told." }];
  return surplus.map(({ severity, login, right, message }) => ({
    ...{ check, at: `rights of ${login}`, message: `${right}. ${message}` },
    level: severity === "danger" ? "error" : "warn",
    why: "Whoever edits strategies can do what this login may.",
  }));
}

function captures(pipeline: Pipeline): readonly Promise<readonly Finding[]>[] {
  const sourced = [...pipeline.container.get(TOKENS.Dictionary).values()].filter(({ source }) => source !== undefined);
  const hasCapture = pipeline.container.get(TOKENS.DatabaseSession).capture !== undefined;
  const unknown = async (at: string): Promise<readonly Finding[]> => [
    {
      check: "capture",
      level: "unknown",
      at,
      message: "This database's adapter makes no triggers, and looks at none.",
    },
  ];
  return sourced.map(({ name }) => {
    const at = `capture ${name}`;
    return hasCapture ? found("capture", at, () => captured(pipeline, name)) : unknown(at);
  });
}

async function captured(pipeline: Pipeline, category: string): Promise<readonly Finding[]> {
  const { state, drift } = await pipeline.capture.show(category);
  const about = { check: "capture", at: `capture ${category}` };
  if (state === "installed") return [{ ...about, level: "ok", message: "Its triggers are as they should be." }];
  // A category may name its source for backfills alone.
  if (state === "absent")
    return [{ ...about, level: "ok", message: "It has no triggers: the application records its changes itself." }];
  const why = "Changes of its table are not recorded, or not all of them, and downstreams never hear of them.";
  return [
    { ...about, level: "error", message: drift.join(" "), why, remedy: [`syncline capture install ${category}`] },
  ];
}

function namedRole(text: string, before: DoctorFlags["role"]): DoctorFlags["role"] {
  const [role = "", name = ""] = text.split(/=(.*)/s);
  const known = databaseRoles.find((each) => each === role);
  if (known === undefined || name === "")
    throw new InvalidArgumentError(`Write <role>=<login>, where the role is one of ${databaseRoles.join(", ")}.`);
  return [...before, [known, name]];
}

export const registerDoctor: Register = (program, { within }) => {
  program
    .command("doctor")
    .description(
      "look at everything: database, tables, rights, triggers, work; exit code 1 if something is to be mended",
    )
    .option("--role <role=login>", `whose rights to look at, too: ${databaseRoles.join(", ")}`, namedRole, [])
    .option("--strict", "exit code 1 for warnings, and for what could not be looked at, as well", false)
    .action((options) => within((context) => doctor(context, options)));
};
