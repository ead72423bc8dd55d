import { expect, it } from "vitest";
import { createConnectionPool } from "./connection-pool.ts";

class Connection {
  readonly listeners: (() => void)[] = [];
  ended: "end" | "destroy" | undefined;
}

function poolOf({ max = 1, waitMs = 60_000, idleMs = 60_000, connect = async () => {} } = {}) {
  const made: Connection[] = [];
  const pool = createConnectionPool<Connection>({
    ...{ max, waitMs, idleMs },
    connect: async () => {
      await connect();
      const connection = new Connection();
      made.push(connection);
      return connection;
    },
    onLost: (connection, lost) => void connection.listeners.push(lost),
    end: async (connection) => {
      connection.ended = "end";
    },
    destroy: (connection) => {
      connection.ended = "destroy";
    },
  });
  return { pool, made };
}

it("makes no more than it may, and gives the one that is released to whoever waits longest", async () => {
  const { pool, made } = poolOf();
  const first = await pool.acquire();
  const [second, third] = [pool.acquire(), pool.acquire()];
  pool.release(first, false);
  expect(await second).toBe(first);
  pool.release(first, false);
  expect(await third).toBe(first);
  expect(made).toHaveLength(1);
});

it("replaces one that is in doubt", async () => {
  const { pool, made } = poolOf();
  const first = await pool.acquire();
  const second = pool.acquire();
  pool.release(first, true);
  expect(await second).not.toBe(first);
  expect(made.map(({ ended }) => ended)).toEqual(["destroy", undefined]);
});

it("forgets one that is lost while nobody uses it", async () => {
  const { pool } = poolOf();
  const first = await pool.acquire();
  pool.release(first, false);
  for (const lost of first.listeners) lost();
  expect(await pool.acquire()).not.toBe(first);
});

it("tells whoever waits why there is none, and goes on", async () => {
  let isDown = true;
  const { pool } = poolOf({
    connect: async () => {
      if (isDown) throw new Error("The server is down.");
    },
  });
  await expect(pool.acquire()).rejects.toThrow("The server is down.");
  isDown = false;
  await expect(pool.acquire()).resolves.toBeInstanceOf(Connection);
});

it("makes nobody wait for ever", async () => {
  const { pool } = poolOf({ waitMs: 1 });
  await pool.acquire();
  await expect(pool.acquire()).rejects.toMatchObject({ code: "database.unavailable" });
  const abort = new AbortController();
  const waiting = pool.acquire(abort.signal);
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ code: "operation.aborted" });
});

it("ends what is idle at once when it closes, and what is in use when that is released", async () => {
  const { pool, made } = poolOf({ max: 2 });
  const [first, second] = [await pool.acquire(), await pool.acquire()];
  pool.release(second, false);
  await pool.close();
  expect(made.map(({ ended }) => ended)).toEqual([undefined, "end"]);
  pool.release(first, false);
  expect(first.ended).toBe("end");
  await expect(pool.acquire()).rejects.toMatchObject({ code: "database.unavailable" });
});

it("closes what nobody has used for a while", async () => {
  const { pool, made } = poolOf({ idleMs: 1 });
  pool.release(await pool.acquire(), false);
  await expect.poll(() => made.map(({ ended }) => ended)).toEqual(["end"]);
});
