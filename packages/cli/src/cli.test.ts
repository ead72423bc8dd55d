import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { category, type Pipeline } from "@syncline/core";
import type { Command } from "commander";
import { afterAll, describe, expect, it } from "vitest";
import { parseKey } from "./condition.ts";
import { loadPipeline } from "./config.ts";
import { createProgram } from "./program.ts";
import { run } from "./run.ts";
import { parseDuration, showDuration } from "./times.ts";

const folder = mkdtempSync(join(tmpdir(), "syncline-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function typed(...parameters: readonly string[]) {
  const out: string[] = [];
  const terminal = {
    isInteractive: false,
    print: (text: string) => void out.push(text),
    printError: (text: string) => void out.push(text),
    confirm: async () => false,
    signal: new AbortController().signal,
  };
  const load = async () => await Promise.reject(new Error("nothing was to be loaded"));
  return { exitCode: await run(parameters, { terminal, load }), out: out.join("\n") };
}

describe("a command line that is wrong", () => {
  it.each([
    [["nonsense"], "unknown command 'nonsense'"],
    [["status", "--fast"], "unknown option '--fast'"],
    [["preview", "crm"], "missing required argument 'key'"],
    [["dead", "list", "--limit", "many"], "whole number"],
    [["dead", "list", "--state", "alive"], "Allowed choices are dead, held"],
    [["dead", "list", "--older-than", "soon"], "write 90s, 15m, 2h or 3d"],
  ])("%j says so, and ends with 2", async (parameters, words) => {
    const { exitCode, out } = await typed(...parameters);
    expect(exitCode).toBe(2);
    expect(out).toContain(words);
  });

  it("help is no mistake", async () => {
    const { exitCode, out } = await typed("dead", "requeue", "--help");
    expect(exitCode).toBe(0);
    expect(out).toContain("--older-than");
  });
});

describe("the configuration", () => {
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return name;
  };
  const pipeline = "{ start() {}, stop() {}, migrate() {}, status() {}, check() {}, made: 1 as number }";

  it("may be TypeScript, and export a pipeline or a function that makes one", async () => {
    write("syncline.config.ts", `export default ${pipeline};`);
    expect(await loadPipeline(folder, undefined)).toMatchObject({ made: 1 });
    const given = write("other.mts", `export default async (): Promise<object> => (${pipeline});`);
    expect(await loadPipeline(folder, given)).toMatchObject({ made: 1 });
    const plain = write("plain.mjs", `export default ${pipeline.replace(" as number", "")};`);
    expect(await loadPipeline(folder, plain)).toMatchObject({ made: 1 });
  });

  it.each([
    ["export default { start() {} };", /has to export a pipeline by default/],
    ["export const pipeline = 1;", /has to export a pipeline by default/],
    ["export default () => { throw new Error('no DATABASE_URL'); };", /makes no pipeline: no DATABASE_URL/],
    ["import './missing.ts'; export default 1;", /cannot be loaded: .*missing/],
  ])("%s is refused by the file's name", async (text, words) => {
    // Modules are loaded once, whatever their file says later.
    const name = write(`wrong-${text.length}.mts`, text);
    await expect(loadPipeline(folder, name)).rejects.toThrow(words);
    await expect(loadPipeline(folder, name)).rejects.toThrow(join(folder, name));
  });

  it("that is not there is told with the names that were looked for", async () => {
    const empty = mkdtempSync(join(folder, "empty-"));
    await expect(loadPipeline(empty, undefined)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("syncline.config.ts"),
    });
    await expect(loadPipeline(empty, "x.ts")).rejects.toMatchObject({ exitCode: 2 });
  });
});

it("keys are pairs or one JSON object, booleans where the dictionary has them", () => {
  const dictionary = new Map([["flag", category("flag", { on: "boolean", name: "string" })]]);
  const pipeline = { container: { get: () => dictionary } } as unknown as Pipeline;
  expect(parseKey(["id=42", "region=eu=1"], pipeline)).toEqual({ id: "42", region: "eu=1" });
  expect(parseKey(["on=true", "name=true"], pipeline)).toEqual({ on: true, name: "true" });
  expect(parseKey(['{"id":42}'], pipeline)).toEqual({ id: 42 });
  expect(() => parseKey(["42"], pipeline)).toThrow("field=value");
  expect(() => parseKey(["{id"], pipeline)).toThrow("no JSON object");
});

it("times are read and shown in units that people use", () => {
  expect(["90s", "1.5h", "3d", "250ms"].map(parseDuration)).toEqual([90_000, 5_400_000, 259_200_000, 250]);
  expect(() => parseDuration("15")).toThrow("15m");
  expect([12, 3_200, 840_000, 7_200_000, 900_000_000].map(showDuration)).toEqual([
    "12 ms",
    "3.2 s",
    "14 min",
    "2.0 h",
    "10 d",
  ]);
});

it("the README has every command", () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const leaves = (command: Command, path: string): readonly string[] =>
    command.commands.length === 0 ? [path] : command.commands.flatMap((each) => leaves(each, `${path} ${each.name()}`));
  const all = leaves(createProgram({ within: async () => {}, alone: async () => {} }), "syncline");
  expect(all.length).toBeGreaterThan(15);
  expect(all.filter((path) => !readme.includes(path))).toEqual([]);
});
