import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { run } from "./run.ts";
import { ownVersion } from "./scaffold.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "syncline-create-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Somebody at a terminal, who types `keys` when a text has been shown that holds the words before them. */
function person(...answers: readonly (readonly [shown: string, keys: string])[]) {
  const left = [...answers];
  let shown = "";
  const streams = { input: new PassThrough(), output: new PassThrough() };
  streams.output.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    const [next] = left;
    if (next === undefined || !shown.includes(next[0])) return;
    left.shift();
    shown = "";
    // In a turn of its own, as keys come: the question listens once it has been shown.
    setImmediate(() => streams.input.write(next[1]));
  });
  return { streams, left };
}

async function runWith(parameters: readonly string[], more: Partial<Parameters<typeof run>[1]> = {}) {
  const printed: string[] = [];
  const errors: string[] = [];
  const print = (text: string) => printed.push(text);
  const printError = (text: string) => errors.push(text);
  const exitCode = await run(parameters, { interactive: false, print, printError, ...more });
  return { exitCode, printed: printed.join("\n"), errors: errors.join("\n") };
}

describe("without a terminal", () => {
  it("writes the plugin and says what comes next", async () => {
    const directory = join(folder, "db2");
    const flags = ["--kind", "adapter", "--name", "@acme/syncline-db2", "--directory", directory];
    const { exitCode, printed, errors } = await runWith(flags);
    expect([exitCode, errors]).toEqual([0, ""]);
    expect(printed).toMatch(/^@acme\/syncline-db2: \d+ files in .*db2\n[\s\S]*npm install\n {2}npm test/);
    expect(existsSync(join(directory, "src/poller.ts"))).toBe(true);
  });

  it("goes by the name where no folder is named", async () => {
    const cwd = vi.spyOn(process, "cwd").mockReturnValue(folder);
    try {
      expect((await runWith(["--kind", "transport", "--name", "@acme/syncline-inbox"])).exitCode).toBe(0);
    } finally {
      cwd.mockRestore();
    }
    expect(existsSync(join(folder, "syncline-inbox/src/invoker.ts"))).toBe(true);
  });

  it("lists what is missing together with what is wrong, and writes nothing", async () => {
    const { exitCode, errors } = await runWith(["--directory", join(folder, "x"), "--frce"]);
    expect(exitCode).toBe(2);
    expect(errors).toBe("there is no --frce\n--kind is missing\n--name is missing\nSee --help.");
    expect(existsSync(join(folder, "x"))).toBe(false);
  });

  it("fails where the folder is not empty", async () => {
    const flags = ["--kind", "adapter", "--name", "db2", "--directory", folder];
    expect((await runWith(flags)).exitCode).toBe(0);
    const { exitCode, errors } = await runWith(flags);
    expect(exitCode).toBe(1);
    expect(errors).toMatch(/is there already, and is not an empty folder/);
  });

  it("fails in the file system's own words where it cannot write", async () => {
    const flags = ["--kind", "adapter", "--name", "db2", "--directory", join(folder, `${"x".repeat(300)}`)];
    const { exitCode, errors } = await runWith(flags);
    expect(exitCode).toBe(1);
    expect(errors).toMatch(/^ENAMETOOLONG[^\n]*$/);
  });
});

describe("help and version", () => {
  it.each(["--help", "-h"])("%s names every flag and the exit codes", async (flag) => {
    const { exitCode, printed } = await runWith([flag]);
    expect(exitCode).toBe(0);
    for (const word of ["--kind", "--name", "--directory", "--yes", "--version", "Exit codes: 0"])
      expect(printed).toContain(word);
  });

  it("the version is the package's", async () => {
    expect(await runWith(["-v"])).toEqual({ exitCode: 0, printed: ownVersion(), errors: "" });
  });
});

describe("at a terminal", () => {
  it("asks for what is missing", async () => {
    const directory = join(folder, "asked");
    const { streams, left } = person(
      ["What is it?", "\u001b[B\r"],
      ["The package's name?", "@acme/syncline-inbox\r"],
      ["Into which folder?", `${directory}\r`],
    );
    const { exitCode, errors } = await runWith([], { interactive: true, streams });
    expect([exitCode, errors, left]).toEqual([0, "", []]);
    expect(JSON.parse(readFileSync(join(directory, "package.json"), "utf8")).name).toBe("@acme/syncline-inbox");
    expect(existsSync(join(directory, "src/invoker.ts"))).toBe(true);
  });

  it("asks for nothing that a flag has said", async () => {
    const { streams } = person(["What is it?", "\r"]);
    const flags = ["--name", "db2", "--directory", join(folder, "db2")];
    expect((await runWith(flags, { interactive: true, streams })).exitCode).toBe(0);
    expect(existsSync(join(folder, "db2/src/poller.ts"))).toBe(true);
  });

  it("writes nothing when the questions are cancelled", async () => {
    const { streams } = person(["What is it?", "\u0003"]);
    const flags = ["--name", "db2", "--directory", join(folder, "db2")];
    const { exitCode, errors } = await runWith(flags, { interactive: true, streams });
    expect([exitCode, errors]).toEqual([1, "Cancelled: nothing was written."]);
    expect(existsSync(join(folder, "db2"))).toBe(false);
  });

  it("asks nothing with --yes", async () => {
    const { exitCode, errors } = await runWith(["--yes", "--kind", "adapter"], { interactive: true });
    expect([exitCode, errors]).toEqual([2, "--name is missing\nSee --help."]);
  });
});
