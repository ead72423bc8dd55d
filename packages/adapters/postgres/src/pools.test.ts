import { EventEmitter } from "node:events";
import pg from "pg";
import { expect, it } from "vitest";
import type { PgPool } from "./driver.ts";
import { resolveOptions } from "./options.ts";
import { openPool } from "./pools.ts";
import { keepingLogger } from "./testing/session.ts";

const connectionString = "postgres://nobody@127.0.0.1:1/nowhere";
const terminated = new Error("terminating connection due to administrator command");

function endOneIdle(pool: PgPool): void {
  EventEmitter.prototype.emit.call(pool as unknown as EventEmitter, "error", terminated);
}

it("names an idle connection that was lost, and none that the pool ends itself", async () => {
  const { log, messages } = keepingLogger();
  const { pool, close } = openPool({ connectionString }, resolveOptions({ connectionString }), log);
  endOneIdle(pool);
  expect(messages).toEqual(["A PostgreSQL connection was lost while idle"]);
  await close();
  endOneIdle(pool);
  expect(messages).toHaveLength(1);
});

it("hears no more of the application's pool once it has let go of it", async () => {
  const { log, messages } = keepingLogger();
  const pool = new pg.Pool({ connectionString });
  const { close } = openPool({ pool }, resolveOptions({ pool }), log);
  await close();
  expect(pool.listenerCount("error")).toBe(0);
  expect(messages).toEqual([]);
  await pool.end();
});
