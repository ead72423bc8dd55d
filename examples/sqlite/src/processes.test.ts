import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { category } from "@syncline/core/spi";
import { afterEach, beforeEach, expect, test } from "vitest";
import { recordNow } from "./recorder.ts";
import { sqlite } from "./sqlite.ts";
import { openWithDriver } from "./testing/driver.ts";

const never = new AbortController().signal;
const order = category("order", { id: "integer" });
const context = { log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } };

let folder: string;
let file: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "syncline-sqlite-"));
  file = join(folder, "shop.db");
  await withSession(({ migrate }) => migrate(never));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function withSession<Result>(
  work: (session: ReturnType<ReturnType<typeof sqlite>["open"]>) => Promise<Result>,
): Promise<Result> {
  const session = sqlite({ open: () => openWithDriver(file) }).open(context);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

function runNode(...args: readonly string[]): ChildProcess & { readonly stdout: NodeJS.ReadableStream } {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  return Object.assign(child, { stdout: child.stdout });
}

test("workers in three processes share a file, and each key is delivered once", async () => {
  const database = openWithDriver(file);
  database.exec("BEGIN IMMEDIATE");
  recordNow(
    database,
    Array.from({ length: 300 }, (_, id) => order.changed({ id })),
  );
  database.exec("COMMIT");
  database.close();
  const script = fileURLToPath(new URL("testing/worker.ts", import.meta.url));
  const workers = [1, 2, 3].map(() => runNode("--import", "tsx", "--conditions=@syncline/source", script, file));
  const outputs = await Promise.all(workers.map((worker) => text(worker.stdout)));
  const keys = outputs.flatMap((output) => output.split("\n").filter((line) => line !== ""));
  expect(keys).toHaveLength(300);
  expect(new Set(keys).size).toBe(300);
});

test("a process that is killed in its transaction leaves nothing of it, and holds nobody up", async () => {
  const program = `
    const Database = require(${JSON.stringify(process.env.SYNCLINE_SQLITE_DRIVER ?? "libsql")});
    const database = new Database(${JSON.stringify(file)});
    database.exec("BEGIN IMMEDIATE; INSERT INTO syncline_change (category, condition) VALUES ('order', '{}')");
    console.log("in its transaction");
    setInterval(() => {}, 1_000);`;
  const killed = runNode("--eval", program);
  await once(killed.stdout, "data");
  await withSession(async ({ backlog }) => {
    const pausing = backlog.pause("s", never);
    killed.kill("SIGKILL");
    await pausing;
    const { changes, strategies } = await backlog.status(never);
    expect([changes, strategies.map(({ strategy }) => strategy)]).toEqual([0, ["s"]]);
  });
});
