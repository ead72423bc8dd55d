import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { category } from "@syncline/core/spi";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sqlite } from "./adapter.ts";
import { recordNow } from "./recorder.ts";
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

function runNode(...args: readonly string[]) {
  return spawn(process.execPath, args, { stdio: "pipe" });
}

test("what is recorded while workers in three processes deliver is delivered once each, and none is lost", async () => {
  const script = fileURLToPath(new URL("testing/worker.ts", import.meta.url));
  const workers = [1, 2, 3].map(() => runNode("--import", "tsx", "--conditions=@syncline/source", script, file));
  const outputs = Promise.all(workers.map((worker) => text(worker.stdout)));
  const database = openWithDriver(file);
  database.exec("PRAGMA busy_timeout = 30000");
  // From when each of them is at work.
  await Promise.all(workers.map((worker) => once(worker.stderr, "data")));
  for (let id = 0; id < 300; id += 3) {
    database.exec("BEGIN IMMEDIATE");
    for (const each of [id, id + 1, id + 2]) recordNow(database, [order.changed({ id: each })]);
    database.exec("COMMIT");
    await setImmediate();
  }
  database.close();
  for (const worker of workers) worker.stdin.end();
  const keys = (await outputs).map((output) => output.split("\n").filter((line) => line !== ""));
  expect(keys.flat()).toHaveLength(300);
  expect(new Set(keys.flat()).size).toBe(300);
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
