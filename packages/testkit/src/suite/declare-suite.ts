import type { Check, CheckGroup, Closable } from "./check.ts";
import type { ConformanceOptions, TestRunner } from "./runner.ts";
import { type Watch, watched } from "./watch.ts";

export interface Suite<Fixture extends Closable, Capability extends string> {
  /** `database conformance`. */
  readonly name: string;
  readonly capabilities: readonly Capability[];
  readonly groups: readonly CheckGroup<Fixture, Capability>[];
}

export interface SuiteCounts {
  readonly checks: number;
  readonly skipped: number;
}

/** Declares a suite's checks as tests. Errors: `TypeError`, with everything that is wrong with the options. */
export function declareSuite<Fixture extends Closable, Capability extends string>(
  suite: Suite<Fixture, Capability>,
  createFixture: () => Promise<Fixture> | Fixture,
  runner: TestRunner,
  options: ConformanceOptions<Capability>,
): SuiteCounts {
  refuseWrongOptions(suite, options);
  const print = options.print ?? ((line: string) => console.log(line));
  const reasons = new Map<string, string>();
  const checks = suite.groups.flatMap((group) => group.checks);
  for (const check of checks) {
    const reason = reasonToSkip(check, options);
    if (reason !== undefined) reasons.set(check.name, reason);
  }
  print(`${suite.name}: ${checks.length} checks, ${reasons.size} skipped`);
  for (const [name, reason] of reasons) print(`  skipped: ${name}: ${reason}`);
  runner.describe(suite.name, () => {
    for (const group of suite.groups) {
      runner.describe(group.name, () => {
        for (const check of group.checks) {
          declareCheck(check, reasons.get(check.name), createFixture, runner, options.timeoutMs ?? 60_000);
        }
      });
    }
  });
  return { checks: checks.length, skipped: reasons.size };
}

function declareCheck<Fixture extends Closable, Capability extends string>(
  check: Check<Fixture, Capability>,
  reason: string | undefined,
  createFixture: () => Promise<Fixture> | Fixture,
  runner: TestRunner,
  timeoutMs: number,
): void {
  if (reason === undefined) runner.it(check.name, () => runInTime(check, createFixture, timeoutMs), timeoutMs);
  else runner.it.skip(`${check.name} (skipped: ${reason})`, async () => {}, timeoutMs);
}

/** Before the runner gives up, which knows only where the check is declared. */
async function runInTime<Fixture extends Closable>(
  check: Check<Fixture>,
  createFixture: () => Promise<Fixture> | Fixture,
  timeoutMs: number,
): Promise<void> {
  let watch: Watch | undefined;
  const running = runCheck(check, async () => {
    const fixture = watched(await createFixture());
    watch = fixture.watch;
    return fixture.value;
  });
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(hungText(timeoutMs, watch))), timeoutMs * 0.95);
  });
  await Promise.race([running, hung]).finally(() => clearTimeout(timer));
}

function hungText(timeoutMs: number, watch: Watch | undefined): string {
  const pending = watch === undefined ? ["the fixture"] : watch.pending();
  const waits =
    pending.length > 0
      ? `Not yet answered, the oldest first: ${pending.join(", ")}.`
      : "All that it has called has answered: it waits for something to come about.";
  return `The check has not ended within ${timeoutMs / 1_000} s. ${waits}`;
}

/** Runs one check on a fixture of its own. What the check met outweighs what closing the fixture met. */
export async function runCheck<Fixture extends Closable>(
  check: Check<Fixture>,
  createFixture: () => Promise<Fixture> | Fixture,
): Promise<void> {
  const fixture = await createFixture();
  try {
    await check.run(fixture);
  } catch (error) {
    await fixture.close().catch(() => {});
    throw error;
  }
  await fixture.close();
}

function reasonToSkip<Capability extends string>(
  check: Check<never, Capability>,
  options: ConformanceOptions<Capability>,
): string | undefined {
  const given =
    options.skip !== undefined && Object.hasOwn(options.skip, check.name) ? options.skip[check.name] : undefined;
  if (given !== undefined) return given;
  const missing = (check.requires ?? []).filter((capability) => !options.capabilities.includes(capability));
  return missing.length === 0 ? undefined : `the capability ${missing.join(", ")} is not declared`;
}

function refuseWrongOptions<Fixture extends Closable, Capability extends string>(
  suite: Suite<Fixture, Capability>,
  options: ConformanceOptions<Capability>,
): void {
  const names = new Set(suite.groups.flatMap((group) => group.checks.map((check) => check.name)));
  const known: readonly string[] = suite.capabilities;
  const problems = [
    ...(options.capabilities ?? [])
      .filter((capability) => !known.includes(capability))
      .map((capability) => `capabilities: "${capability}" is none; there are ${known.join(", ") || "none"}`),
    ...Object.entries(options.skip ?? {}).flatMap(([name, reason]) => {
      if (!names.has(name)) return [`skip: there is no check "${name}"`];
      return typeof reason === "string" && reason.trim() !== "" ? [] : [`skip: "${name}" needs a reason`];
    }),
  ];
  if (problems.length > 0) {
    throw new TypeError(`The options of the ${suite.name} are not in order.\n  - ${problems.join("\n  - ")}`);
  }
}
