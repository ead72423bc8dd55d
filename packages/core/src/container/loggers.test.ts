import { afterEach, describe, expect, test, vi } from "vitest";
import { EventHub } from "../engine/events.ts";
import { Faults } from "../engine/guard/faults.ts";
import { guardLogger } from "../engine/guard/guarded-logger.ts";
import { consoleLogger } from "./console-logger.ts";

const forged = "x\n2026-01-01 ERROR \u001b[31madmin\u202e\u2028y\u200b";
const visible = "x\\n2026-01-01 ERROR \\u{1b}[31madmin\\u{202e}\\u{2028}y\\u{200b}";

const faults = new Faults(new EventHub(() => {}));

afterEach(() => vi.restoreAllMocks());

describe("A line of the log", () => {
  test("is one line on the console, whatever is in it", () => {
    const lines: string[] = [];
    vi.spyOn(console, "error").mockImplementation((...parts) => void lines.push(parts.join(" ")));
    const fields = {
      [forged]: 1,
      key: JSON.stringify({ id: forged }),
      text: forged,
      error: new Error(forged),
      list: [forged],
    };
    guardLogger(consoleLogger, faults).warn(fields, forged);
    consoleLogger.error(fields, forged);
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).toContain(visible);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are looked for.
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/);
    }
    consoleLogger.warn({ text: "z".repeat(1e6) }, "long");
    expect(lines[2]?.length).toBeLessThan(20_000);
  });

  test("has its texts in one line for any log, at any depth, and the same values otherwise", () => {
    const told: unknown[][] = [];
    const keep = (...given: unknown[]) => void told.push(given);
    const log = guardLogger({ debug: keep, info: keep, warn: keep, error: keep }, faults);
    const error = new Error("one");
    const at = new Date(0);
    log.info({ failure: { code: "a", problems: [{ message: forged }] }, n: 1n, error, at, none: undefined }, forged);
    expect(told).toEqual([
      [{ failure: { code: "a", problems: [{ message: visible }] }, n: 1n, error, at, none: undefined }, visible],
    ]);
  });
});
