import { type Pipeline, type PipelineStatus, TOKENS } from "@syncline/core";
import { answer, type Context } from "../context.ts";
import { describeFailure, type ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";
import { showDuration } from "../times.ts";

/** One thing that was looked at. */
export interface Finding {
  readonly level: "ok" | "warn" | "fail";
  readonly about: string;
  readonly message: string;
  /** What to do, if anything. */
  readonly remedy?: string;
}

/** Looks at everything that can be seen from here. Exit code 1: something is to be mended. */
export async function doctor(context: Context): Promise<ExitCode> {
  const findings = (await Promise.all(examinations(context.pipeline).map(found))).flat();
  answer(context, findings, () =>
    findings
      .map(({ level, about, message, remedy }) =>
        [`${level.padEnd(4)}  ${about}: ${message}`, ...(remedy === undefined ? [] : [`      ${remedy}`])].join("\n"),
      )
      .join("\n"),
  );
  return findings.some(({ level }) => level === "fail") ? 1 : 0;
}

interface Examination {
  readonly about: string;
  readonly look: () => Promise<readonly Finding[]>;
}

async function found({ about, look }: Examination): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [{ level: "fail", about, message: describeFailure(error) }];
  }
}

function examinations(pipeline: Pipeline): readonly Examination[] {
  const sourced = [...pipeline.container.get(TOKENS.Dictionary).values()].filter(({ source }) => source !== undefined);
  const hasCapture = pipeline.container.get(TOKENS.DatabaseSession).capture !== undefined;
  return [
    { about: "pipeline", look: () => checked(pipeline) },
    { about: "work", look: async () => waiting(await pipeline.status()) },
    { about: "rights", look: () => rights(pipeline) },
    ...(hasCapture ? sourced : []).map(({ name }) => ({
      about: `capture ${name}`,
      look: () => captured(pipeline, name),
    })),
  ];
}

async function checked(pipeline: Pipeline): Promise<readonly Finding[]> {
  const problems = await pipeline.check();
  if (problems.length > 0) return problems.map(({ at, message }) => ({ level: "fail", about: at, message }));
  return [{ level: "ok", about: "pipeline", message: "options, files, tables and the query of every strategy" }];
}

function waiting({ changes, oldestChangeAgeMs, refused, strategies }: PipelineStatus): readonly Finding[] {
  const findings: Finding[] = [];
  const warn = (about: string, message: string, remedy: string) =>
    findings.push({ level: "warn", about, message, remedy });
  if (changes > 0 && oldestChangeAgeMs > oldMs)
    warn(
      "changes",
      `${changes} wait for dispatch, the oldest for ${showDuration(oldestChangeAgeMs)}`,
      "Does a worker run?",
    );
  if (refused > 0)
    warn(
      "changes",
      `${refused} fit no category of the worker that met them`,
      "They come back with a worker that has the category.",
    );
  for (const { strategy, dead, held, stranded, paused, disabled, oldestAgeMs } of strategies) {
    const about = `strategy ${strategy}`;
    if (dead > 0) warn(about, `${dead} dead letters`, `syncline dead causes --strategy ${strategy}`);
    if (held > 0)
      warn(
        about,
        `${held} held for a person: they may have been acted upon`,
        `syncline dead list --strategy ${strategy} --state held`,
      );
    if (stranded === true) warn(about, "no running worker has it", "syncline stranded list");
    if (paused) warn(about, "is paused", `syncline resume ${strategy}`);
    else if (disabled !== true && stranded !== true && oldestAgeMs > oldMs)
      warn(about, `the oldest change waits for ${showDuration(oldestAgeMs)}`, `Look at the worker's log and health.`);
  }
  return findings.length > 0
    ? findings
    : [{ level: "ok", about: "work", message: "nothing dead, held, stranded or old" }];
}

/** Older work than this is worth a look. */
const oldMs = 15 * 60_000;

async function rights(pipeline: Pipeline): Promise<readonly Finding[]> {
  const surplus = await pipeline.reviewRights();
  if (surplus.length === 0)
    return [
      {
        level: "ok",
        about: "rights",
        message: "the login that strategies read with may do nothing but read, as far as can be told",
      },
    ];
  return surplus.map(({ severity, login, right, message }) => ({
    level: severity === "danger" ? "fail" : "warn",
    about: `rights of ${login}`,
    message: `${right}. ${message}`,
  }));
}

async function captured(pipeline: Pipeline, category: string): Promise<readonly Finding[]> {
  const { state, drift } = await pipeline.capture.show(category);
  const about = `capture ${category}`;
  if (state === "installed") return [{ level: "ok", about, message: "triggers as they should be" }];
  // A category may name its source for backfills alone.
  if (state === "absent")
    return [{ level: "ok", about, message: "no triggers: the application records its changes itself" }];
  return [{ level: "fail", about, message: drift.join(" "), remedy: `syncline capture install ${category}` }];
}

export const registerDoctor: Register = (program, { within }) => {
  program
    .command("doctor")
    .description("look at everything: check, what waits, rights, triggers; exit code 1 if something is to be mended")
    .action(() => within(doctor));
};
