import type { RecordedChange, Route, RoutedDelivery } from "@syncline/core/spi";
import { testClaim, testDelivery } from "@syncline/testkit/makers";
import { describe, expect, test, vi } from "vitest";
import { createConnections } from "./connections.ts";
import { characterSet } from "./sql/migrating.ts";
import { pollerWith } from "./testing/poller.ts";
import { boundValue, oracleError, type Script, scriptedSource } from "./testing/scripted-source.ts";

const never = new AbortController().signal;

/** What is asked once, before the first dispatch, is left out of what was asked. */
function pollerOn(script: Script, set = "AL32UTF8") {
  const source = scriptedSource((call) => (call.text === characterSet.text ? { rows: [[set]] } : script(call)));
  const connections = createConnections(source, { statementTimeoutMs: 1_000 });
  const asked = () => (source.calls[0]?.text === characterSet.text ? 2 : 0);
  return {
    source: {
      get calls() {
        return source.calls.slice(asked());
      },
      story: () => source.story().slice(asked()),
    },
    poller: pollerWith(connections, { schema: undefined, prefix: "syncline_" }),
  };
}

const row = (id: string) => [id, "order", `{"orderId":${id}}`, "upsert", null, "2024-01-02T03:04:05.678Z"];

/** A database in which there are these changes; nothing is found or held by anybody else. */
function databaseWith(ids: readonly string[], upserted: (keys: readonly string[]) => object = () => ({})): Script {
  return ({ text, binds }) => {
    if (text.includes("NOWAIT")) return { rows: ids.length > 0 ? [["7"]] : [] };
    if (text.includes("ROWNUM <= :most")) return { rows: ids.map(row) };
    if (text.startsWith("DECLARE")) return { outBinds: upserted(boundValue(binds.keys) as readonly string[]) };
    return undefined;
  };
}

const routeAll =
  (more: Partial<RoutedDelivery> = {}): Route =>
  (changes) => ({
    refused: [],
    deliveries: changes.map(({ condition }: RecordedChange) =>
      testDelivery({ strategy: "s", key: condition, firstRecordedAt: 1_000, ...more }),
    ),
  });

describe("dispatch", () => {
  test("locks, takes, deletes exactly what it took, folds, commits", async () => {
    const { source, poller } = pollerOn(databaseWith(["12", "3"], () => ({ base: "40", inserted: 1, leased: null })));
    const seen: unknown[] = [];
    const result = await poller.dispatch(
      10,
      (changes, revision) => {
        seen.push(changes, revision);
        return routeAll()(changes, revision);
      },
      never,
    );
    expect(result).toEqual({ status: "done", taken: 2, inserted: 1, folded: 1, claims: [] });
    expect(source.story()).toEqual([
      "execute SELECT TO_CHAR(d.strategies_revision)",
      "execute SELECT t.id,",
      "executeMany DELETE FROM",
      "execute DECLARE TYPE",
      "commit",
      "close",
    ]);
    expect(source.calls[2]?.rows).toEqual([{ id: "12" }, { id: "3" }]);
    expect(seen[1]).toBe("7");
    expect(seen[0]).toEqual([
      expect.objectContaining({ id: "12", strategy: null, recordedAt: Date.UTC(2024, 0, 2, 3, 4, 5, 678) }),
      expect.objectContaining({ id: "3" }),
    ]);
  });

  test("beside a flood, takes first what is of none, and of the flood its share", async () => {
    const { source, poller } = pollerOn(({ text, binds }) => {
      if (text.includes("NOWAIT")) return { rows: [["7"]] };
      if (text.includes("FROM SYS.DUAL")) return { rows: [["11", "99"]] };
      if (text.includes(":flood_a")) return { rows: [row("40"), row("42")] };
      if (text.includes(":category")) return { rows: [row("11"), row("12")] };
      const many = (_: unknown, index: number) => row(String(index + 1));
      if (text.includes(":most")) return { rows: Array.from({ length: Number(boundValue(binds.most)) }, many) };
      return text.startsWith("DECLARE") ? { outBinds: { base: "40", inserted: 4, leased: null } } : undefined;
    });
    const seen: string[][] = [];
    const dispatch = () =>
      poller.dispatch(
        4,
        (changes, revision) => {
          seen.push(changes.map(({ id }) => id));
          return routeAll()(changes, revision);
        },
        never,
      );
    await dispatch();
    const before = source.calls.length;
    expect(await dispatch()).toMatchObject({ taken: 4 });
    expect(seen).toEqual([
      ["1", "2", "3", "4"],
      ["11", "12", "40", "42"],
    ]);
    const asked = source.calls.slice(before);
    const bound = (name: string) => {
      const call = asked.find(({ text }) => text.includes(`:${name}`));
      return Object.fromEntries(Object.entries(call?.binds ?? {}).map(([bind, value]) => [bind, boundValue(value)]));
    };
    expect(bound("flood_a")).toMatchObject({
      after: "10",
      through: "100011",
      most: 2,
      flood_a: "order",
      flood_h: "\n",
    });
    expect(bound("category")).toMatchObject({
      after: "10",
      through: "100011",
      most: 2,
      category: "order",
      strategy: null,
    });
    expect(asked.find(({ call }) => call === "executeMany")?.rows).toHaveLength(4);
  });

  test("is busy where another worker dispatches, and leaves no trace", async () => {
    const { source, poller } = pollerOn(({ text }) =>
      text.includes("NOWAIT") ? oracleError("ORA-00054: resource busy and acquire with NOWAIT specified") : undefined,
    );
    expect((await poller.dispatch(10, routeAll(), never)).status).toBe("busy");
    expect(source.story().slice(1)).toEqual(["rollback", "close"]);
  });

  test("of nothing asks once", async () => {
    const { source, poller } = pollerOn(databaseWith([]));
    expect(await poller.dispatch(10, routeAll(), never)).toMatchObject({ status: "done", taken: 0 });
    expect(source.story().slice(1)).toEqual(["rollback", "close"]);
  });

  test("with stale strategies puts everything back", async () => {
    const { source, poller } = pollerOn(databaseWith(["1"]));
    expect((await poller.dispatch(10, () => undefined, never)).status).toBe("stale");
    expect(source.story()).toContain("rollback");
    expect(source.story()).not.toContain("commit");
  });

  test("folds a thousand at a time in lock order, and claims what was leased of each", async () => {
    const ids = Array.from({ length: 1_500 }, (_, index) => String(index + 1));
    const given: (readonly string[])[] = [];
    const script = databaseWith(ids, (keys) => {
      given.push(keys);
      return { base: String(given.length * 10_000), inserted: keys.length, leased: "1,3" };
    });
    const { poller } = pollerOn(script);
    const lease = { token: "t", durationMs: 5 };
    const { inserted, claims } = await poller.dispatch(2_000, routeAll({ lease }), never);
    expect(given.map((keys) => keys.length)).toEqual([1_000, 500]);
    expect(given.flat()).toEqual([...given.flat()].sort());
    expect(inserted).toBe(1_500);
    expect(claims.map(({ id, key }) => [id, key])).toEqual([
      ["10001", given[0]?.[0]],
      ["10003", given[0]?.[2]],
      ["20001", given[1]?.[0]],
      ["20003", given[1]?.[2]],
    ]);
  });

  test("keeps refused changes apart, with a reason that fits its column", async () => {
    const { source, poller } = pollerOn(databaseWith(["1"]));
    const reason = "中".repeat(2_000);
    await poller.dispatch(
      10,
      (changes) => ({ deliveries: [], refused: changes.map((change) => ({ change, reason })) }),
      never,
    );
    const refused = source.calls.find(({ text }) => text.includes("syncline_refused"))?.rows[0] as { reason: string };
    expect(Buffer.byteLength(refused.reason)).toBe(3_999);
  });

  test("asks for the character set once", async () => {
    const { source, poller } = pollerOn(databaseWith([]));
    for (let round = 0; round < 3; round += 1) await poller.dispatch(10, routeAll(), never);
    expect(source.calls.some(({ text }) => text === characterSet.text)).toBe(false);
  });

  test("refuses the keys that the database's character set would alter, and those alone", async () => {
    const keys = ["größe €", "日本", "\\u00e9", "\\u65e5", "😀", "plain"];
    const script = databaseWith([], () => ({ base: "0", inserted: 3, leased: null }));
    const conditions = keys.map((key) => `{"name":"${key}"}`);
    const { source, poller } = pollerOn((call) => {
      if (call.text.includes("NOWAIT")) return { rows: [["7"]] };
      if (!call.text.includes("ROWNUM <= :most")) return script(call);
      return {
        rows: conditions.map((condition, at) => [
          String(at),
          "order",
          condition,
          "upsert",
          null,
          "2024-01-02T03:04:05.678Z",
        ]),
      };
    }, "WE8MSWIN1252");
    const { taken } = await poller.dispatch(10, routeAll(), never);
    expect(taken).toBe(6);
    const [refused, upserted] = ["syncline_refused", "DECLARE"].map((word) =>
      source.calls.find(({ text }) => text.includes(word)),
    );
    expect(refused?.rows).toMatchObject([
      { id: "1", reason: "The key has the character U+65E5, which the database's character set WE8MSWIN1252 lacks." },
      { id: "3", reason: expect.stringContaining("U+65E5") },
      { id: "4", reason: expect.stringContaining("U+1F600") },
    ]);
    expect(boundValue(upserted?.binds.keys)).toEqual([conditions[2], conditions[0], conditions[5]].sort());
  });

  test("begins where it found nothing before, once looking from the beginning takes long", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const after: unknown[] = [];
      const { poller } = pollerOn((call) => {
        if (call.text.includes("NOWAIT")) vi.advanceTimersByTime(200);
        if (call.text.includes(":after")) after.push(boundValue(call.binds.after));
        return databaseWith(["12", "30"], () => ({ base: "40", inserted: 2, leased: null }))(call);
      });
      for (let round = 0; round < 3; round += 1) {
        await poller.dispatch(10, routeAll(), never);
        vi.advanceTimersByTime(1_000);
      }
      expect(after).toEqual(["0", "0", "0", "0", "30", "30"]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("leases a key's first only, across the border between two blocks as well", async () => {
    const leasables: number[] = [];
    const { poller } = pollerOn((call) => {
      if (call.text.startsWith("DECLARE")) leasables.push(...(boundValue(call.binds.leasables) as readonly number[]));
      return databaseWith(["1"], () => ({ base: "0", inserted: 0, leased: null }))(call);
    });
    const deliveries = Array.from({ length: 1_001 }, (_, ordinal) => testDelivery({ ordinal: String(ordinal + 1) }));
    await poller.dispatch(1, () => ({ deliveries, refused: [] }), never);
    expect(leasables).toEqual([1, ...Array.from({ length: 1_000 }, () => 0)]);
  });
});

describe("claim", () => {
  const demand = (strategy: string, count: number, strict = false) => ({ strategy, count, strict });
  const lease = { token: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", durationMs: 60_000 };

  test("reads each line, whatever is in the key", async () => {
    const key = `{"name":"two words\\n and 中"}`;
    const { source, poller } = pollerOn(({ text }) =>
      text.startsWith("DECLARE")
        ? { outBinds: { claims: [`1 12 0 9007199254740993 delete 2 1 1970-01-01T00:00:01.000Z - crm-orders ${key}`] } }
        : undefined,
    );
    expect(await poller.claim([demand("crm-orders", 5, true)], lease, never)).toEqual([
      testClaim({
        ...{ id: "12", strategy: "crm-orders", key, revision: "9007199254740993", operation: "delete" },
        ...{ epoch: 2, attempts: 1, lapsed: true, token: lease.token, firstRecordedAt: 1_000 },
      }),
    ]);
    expect(source.calls[0]?.options.autoCommit).toBe(true);
  });

  test("asks for no more at once than one answer holds", async () => {
    const counts: unknown[] = [];
    const { poller } = pollerOn(({ text, binds }) => {
      if (text.startsWith("DECLARE")) counts.push(boundValue(binds.counts));
      return { outBinds: { claims: [] } };
    });
    await poller.claim([demand("a", 600), demand("b", 400), demand("c", 1), demand("d", 5_000)], lease, never);
    expect(counts).toEqual([[600, 400], [1], [1_000]]);
  });
});

describe("settle and renew", () => {
  const claims = Array.from({ length: 1_200 }, (_, index) =>
    testClaim({ id: String(index), key: String(index).padStart(5, "0") }),
  );

  test("say of each settlement what became of it, in the order given, over as many blocks as it takes", async () => {
    const answers = [
      { again: "2", late: "1000" },
      { again: "200", late: null },
    ];
    const { source, poller } = pollerOn(({ text }) =>
      text.startsWith("DECLARE") ? { outBinds: answers.shift() } : undefined,
    );
    const backwards = [...claims].reverse();
    const effects = await poller.settle(backwards.map((claim) => ({ result: "accepted", claim })));
    const marked = effects.flatMap((effect, index) => (effect === "applied" ? [] : [[effect, backwards[index]?.id]]));
    expect(marked).toEqual([
      ["again", "1199"],
      ["late", "999"],
      ["again", "1"],
    ]);
    expect(source.story()).toEqual(["execute DECLARE TYPE", "execute DECLARE TYPE", "commit", "close"]);
  });

  test("take one round trip for what fits into one block", async () => {
    const { source, poller } = pollerOn(() => ({ outBinds: { again: null, late: null } }));
    await poller.settle(claims.slice(0, 1_000).map((claim) => ({ result: "accepted", claim })));
    expect(source.calls.map(({ call, options }) => [call, options.autoCommit])).toEqual([
      ["execute", true],
      ["close", undefined],
    ]);
  });

  test("bind a failure's message as far as its column holds it", async () => {
    const { source, poller } = pollerOn(() => ({ outBinds: { again: null, late: null } }));
    const failure = { kind: "rejected", code: "x", message: "é".repeat(2_500), effect: "no" } as const;
    const [claim] = claims;
    if (claim === undefined) throw new Error("no claim");
    await poller.settle([{ result: "dead", claim, failure }]);
    const [message] = boundValue(source.calls[0]?.binds.messages) as readonly string[];
    expect(Buffer.byteLength(message ?? "")).toBeLessThanOrEqual(4_000);
    expect(Buffer.byteLength(message ?? "")).toBeGreaterThan(3_900);
  });

  test("renew names what is held", async () => {
    const { poller } = pollerOn(() => ({ outBinds: { held: "1,3" } }));
    expect(await poller.renew(claims.slice(0, 3), 1)).toEqual(["0", "2"]);
    expect(await poller.renew([], 1)).toEqual([]);
  });
});
