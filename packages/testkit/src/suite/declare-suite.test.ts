import { describe, expect, it } from "vitest";
import type { Check } from "./check.ts";
import { declareSuite } from "./declare-suite.ts";
import type { ConformanceOptions, TestRunner } from "./runner.ts";

type Fixture = { readonly value: number; close(): Promise<void> };

const checks: readonly Check<Fixture, "a" | "b">[] = [
  { name: "needs nothing", run: async () => {} },
  { name: "needs a", requires: ["a"], run: async () => {} },
  { name: "needs both", requires: ["a", "b"], run: async () => {} },
];
const suite = { name: "a suite", capabilities: ["a", "b"] as const, groups: [{ name: "a group", checks }] };

/** Declares the suite on a runner that writes down what it is told. */
function declare(options: Partial<ConformanceOptions<"a" | "b">>) {
  const told: string[] = [];
  const it = Object.assign((name: string) => told.push(`run ${name}`), {
    skip: (name: string) => told.push(`skip ${name}`),
  });
  const runner: TestRunner = { describe: (_, body) => body(), it };
  const print = (line: string) => told.push(`print ${line}`);
  const createFixture = () => ({ value: 1, close: async () => {} });
  const counts = declareSuite(suite, createFixture, runner, { capabilities: [], print, ...options });
  return { told, counts };
}

describe("a suite", () => {
  it("skips what needs a capability that is not declared, and says so", () => {
    const { told, counts } = declare({ capabilities: ["a"] });
    expect(counts).toEqual({ checks: 3, skipped: 1 });
    expect(told).toEqual([
      "print a suite: 3 checks, 1 skipped",
      "print   skipped: needs both: the capability b is not declared",
      "run needs nothing",
      "run needs a",
      "skip needs both (skipped: the capability b is not declared)",
    ]);
  });

  it("skips a check by its name, with the reason", () => {
    const { told } = declare({ capabilities: ["a", "b"], skip: { "needs a": "the product cannot" } });
    expect(told).toContain("print   skipped: needs a: the product cannot");
    expect(told).toContain("skip needs a (skipped: the product cannot)");
  });

  it("refuses unknown names, reasons that are none and unknown capabilities, all at once", () => {
    const options = {
      capabilities: ["c"],
      skip: { nobody: "x", "needs a": " " },
    } as unknown as ConformanceOptions<"a">;
    expect(() => declare(options)).toThrow(/"c" is none(.|\n)*no check "nobody"(.|\n)*"needs a" needs a reason/);
  });
});

it("says of a check that hangs what it waits for", async () => {
  const bodies: (() => Promise<void>)[] = [];
  const hold = new Promise<void>(() => {});
  const suite = {
    name: "a suite",
    capabilities: [],
    groups: [
      {
        name: "a group",
        checks: [
          {
            name: "hangs",
            run: async ({ poller, open }: Given) => {
              await poller.quick();
              const other = await open();
              await Promise.all([poller.claim(), other.settle()]);
            },
          },
        ],
      },
    ],
  };
  interface Given {
    readonly poller: { claim(): Promise<void>; quick(): Promise<void> };
    open(): Promise<{ settle(): Promise<void> }>;
    close(): Promise<void>;
  }
  const createFixture = (): Given => ({
    poller: { claim: () => hold, quick: async () => {} },
    open: async () => ({ settle: () => hold }),
    close: async () => {},
  });
  const it = Object.assign((_: string, body: () => Promise<void>) => void bodies.push(body), { skip: () => {} });
  const runner: TestRunner = { describe: (_, body) => body(), it };
  declareSuite(suite, createFixture, runner, { capabilities: [], print: () => {}, timeoutMs: 50 });
  await expect(bodies[0]?.()).rejects.toThrow(/within 0.05 s.*poller.claim \(for 0 s\), open.settle \(for 0 s\)/);
});
