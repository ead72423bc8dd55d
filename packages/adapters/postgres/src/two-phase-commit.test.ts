import { ownPostgres } from "@syncline/dev-postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgres } from "./adapter.ts";
import { createChangeSignal } from "./change-signal.ts";
import { postgresRecorder, wakeUpChannel } from "./recorder.ts";
import { column, keepingLogger, never, openPool } from "./testing/session.ts";

/** A transaction that records may be prepared and committed later, by somebody else. */
const server = await ownPostgres({ settings: { max_prepared_transactions: "2" } });
afterAll(() => server.stop());
const url = await server.createDatabase();
const pool = openPool(url, 1);

beforeAll(async () => {
  const session = postgres({ connectionString: url }).open({ log: keepingLogger().log });
  await session.migrate(never);
  await session.close();
});

const change = (id: string, operation: "upsert" | "delete" = "upsert") => ({
  category: "order",
  condition: { id },
  key: JSON.stringify({ id }),
  operation,
});

/** Records, and says how PREPARE TRANSACTION ended. */
async function prepared(
  notify: boolean | "always",
  changes: Parameters<ReturnType<typeof postgresRecorder>["record"]>[1],
) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await postgresRecorder({ wakeUp: { notify, debounceMs: 0 } }).record(client, changes);
    await client.query("PREPARE TRANSACTION 'two phases'");
    await client.query("COMMIT PREPARED 'two phases'");
    return "committed";
  } catch (error) {
    await client.query("ROLLBACK");
    return (error as { code?: string }).code;
  } finally {
    client.release();
  }
}

test.each([
  ["one change", [change("1")]],
  ["changes that are alike", [change("1"), change("2")]],
  ["others", [change("1"), change("2", "delete")]],
])("%s recorded with wake-ups commits in two phases", async (_, changes) => {
  await pool.query("TRUNCATE syncline.change");
  expect(await prepared(true, changes)).toBe("committed");
  expect(await column(pool, "SELECT condition FROM syncline.change ORDER BY id")).toEqual(
    changes.map(({ key }) => key),
  );
});

test("with notify: always it is woken for, and cannot be prepared", async () => {
  expect(await prepared("always", [change("1")])).toBe("0A000");
});

test.each([
  [false, 1],
  [true, 0],
])("a worker says once that nobody is woken, unless recording always does (%s)", async (isAlways, times) => {
  const { log, messages } = keepingLogger();
  const signal = createChangeSignal({
    connectionString: url,
    channel: wakeUpChannel("syncline"),
    connectionTimeoutMillis: 10_000,
    retryMs: 1,
    isAlways,
    log,
  });
  let woken = 0;
  const stop = await signal.listen(() => {
    woken += 1;
  });
  await pool.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'syncline wake-up'",
  );
  // Listening again wakes, too.
  await expect.poll(() => woken).toBeGreaterThan(1);
  await stop();
  expect(messages.filter((message) => message.includes("max_prepared_transactions"))).toHaveLength(times);
});
