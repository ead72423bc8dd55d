import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databaseConformance, type SuiteCounts, type TestRunner, transportConformance } from "@syncline/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packPackages } from "./packed-packages.ts";
import { type ConformanceReport, type Ended, fillIn, runConformance, runIn } from "./scaffolded-package.ts";

const outside = mkdtempSync(join(tmpdir(), "syncline-scaffold-"));
afterAll(() => rmSync(outside, { recursive: true, force: true }));

const packages = ["@syncline/core", "@syncline/testkit", "create-syncline-plugin"];
const scaffolder = join(outside, "scaffolder");
let tarballs: ReadonlyMap<string, string>;

/** What became of a plugin on its way from the scaffold to a complete one. */
interface Journey {
  readonly steps: { readonly [step: string]: Ended };
  readonly reports: readonly ConformanceReport[];
}

/** Fresh from the scaffold, then with each of the fill-ins. */
async function journey(kind: string, name: string, ...fillIns: readonly string[]): Promise<Journey> {
  const folder = join(outside, kind);
  const steps: Record<string, Ended> = {};
  const npm = async (...parameters: readonly string[]) => {
    steps[`npm ${parameters.slice(0, 2).join(" ")} ${Object.keys(steps).length}`] = await runIn(
      folder,
      "npm",
      parameters,
    );
  };
  steps.scaffold = await create("--kind", kind, "--name", name, "--directory", folder, "--yes");
  await npm("install", ...quietly, "--save-dev", tarball("@syncline/core"), tarball("@syncline/testkit"));
  await npm("run", "types");
  await npm("run", "build");
  const reports = [await runConformance(folder)];
  for (const each of fillIns) {
    fillIn(folder, each);
    reports.push(await runConformance(folder));
  }
  await npm("run", "types");
  return { steps, reports };
}

const quietly = ["--prefer-offline", "--no-audit", "--no-fund"];

function tarball(name: string): string {
  return tarballs.get(name) ?? expect.fail(`${name} was not packed`);
}

function create(...flags: readonly string[]): Promise<Ended> {
  return runIn(scaffolder, join(scaffolder, "node_modules", ".bin", "create-syncline-plugin"), flags);
}

let transport: Journey;
let adapter: Journey;

beforeAll(async () => {
  mkdirSync(scaffolder);
  tarballs = packPackages(packages, outside);
  const installed = await runIn(scaffolder, "npm", ["install", ...quietly, tarball("create-syncline-plugin")]);
  if (installed.exitCode !== 0) throw new Error(installed.output);
  [transport, adapter] = await Promise.all([
    journey("transport", "@acme/syncline-inbox", "transport"),
    journey("adapter", "@acme/syncline-db2", "adapter-begun", "adapter-finished"),
  ]);
  for (const { reports } of [transport, adapter]) {
    for (const { checks, passed, skipped, failedFor } of reports) {
      const left = Object.entries(failedFor).map(([member, count]) => `${member} ${count}`);
      console.log(
        `${checks} checks, ${passed.length} pass, ${skipped.length} skipped; left: ${left.join(", ") || "nothing"}`,
      );
    }
  }
  // Two installations and five runs of a suite, on machines that are busy with the other tests.
}, 600_000);

describe.each([
  ["transport", () => transport],
  ["adapter", () => adapter],
])("a scaffolded %s, outside of the repository and from packed packages", (_kind, made) => {
  it("installs, type-checks and builds, as it stands and completed", () => {
    const failed = Object.entries(made().steps).filter(([, { exitCode }]) => exitCode !== 0);
    expect(failed).toEqual([]);
    expect(Object.keys(made().steps)).toHaveLength(5);
  });

  it("fails each check of the suite only by the name of a member that is not written yet", () => {
    for (const { unexplained } of made().reports) expect(unexplained).toEqual([]);
  });

  it("skips what needs a capability that is not declared, and nothing else", () => {
    for (const title of made().reports.flatMap(({ skipped }) => skipped))
      expect(title).toMatch(/\(skipped: the capability [\w, ]+ is not declared\)$/);
  });

  it("runs every check of the suite", () => {
    const counts = made() === transport ? transportCounts() : databaseCounts();
    for (const { checks } of made().reports) expect(checks).toBe(counts.checks);
  });

  it("passes all the checks once its members are written", () => {
    const { checks, passed, skipped, failedFor } = made().reports.at(-1) ?? expect.fail("no report");
    expect(failedFor).toEqual({});
    expect(passed.length).toBe(checks - skipped.length);
  });
});

describe("what is left to do", () => {
  it("is, for a fresh transport, to invoke; what it says of itself and of strategies is right already", () => {
    const [fresh] = transport.reports;
    expect(Object.keys(fresh?.failedFor ?? {})).toEqual(["SyncInvoker.invoke"]);
    expect(fresh?.passed).toEqual(
      expect.arrayContaining([
        "has a name and specVersion 1, and declares the capabilities that are tested",
        "opens without connecting",
        "finds nothing wrong with the options and strategies that the suite works with",
        "strategies made of rubbish get problems, never a throw",
      ]),
    );
  });

  it("begins, for a fresh adapter, with its tables", () => {
    const [fresh] = adapter.reports;
    expect(Object.keys(fresh?.failedFor ?? {}).sort()).toEqual([
      "DatabaseSession.checkSchema",
      "DatabaseSession.migrate",
    ]);
    expect(fresh?.passed).toContain("an adapter says what it is");
  });

  it("is told member by member once an adapter has tables and records", () => {
    const [, begun] = adapter.reports;
    expect(Object.keys(begun?.failedFor ?? {}).sort()).toEqual([
      "BacklogStore.backfill",
      "BacklogStore.requeue",
      "BacklogStore.status",
      "Poller.dispatch",
      "QueryRunner.run",
      "SqlDialect.keyColumn",
      "SqlDialect.quoteIdentifier",
    ]);
  });
});

it("the packed command asks nothing without a terminal, and lists what is missing", async () => {
  const { exitCode, output } = await create("--kinds", "adapter");
  expect(exitCode).toBe(2);
  for (const word of ["--kinds", "--kind is missing", "--name is missing"]) expect(output).toContain(word);
});

it("the packed command refuses a folder that is not empty", async () => {
  const { exitCode, output } = await create("--kind", "adapter", "--name", "syncline-db2", "--directory", scaffolder);
  expect(exitCode).toBe(1);
  expect(output).toContain("not an empty folder");
});

const counting: TestRunner = { describe: (_, body) => body(), it: Object.assign(() => {}, { skip: () => {} }) };
const print = () => {};

function transportCounts(): SuiteCounts {
  return transportConformance(() => expect.fail("not run"), counting, { capabilities: [], print });
}

function databaseCounts(): SuiteCounts {
  return databaseConformance(() => expect.fail("not run"), counting, { capabilities: [], print });
}
