import { describe, expect, it } from "vitest";
import type { QueryResult } from "../../contracts/query-runner.ts";
import { accepted, database, eight, type Fault, times, told, whole } from "./testing/key-database.ts";

describe("keys", () => {
  it("are read as one set, each with its rows, or none", async () => {
    const { read, reads } = database({ rows: (id) => (id === 2 ? 0 : 1) });
    expect(told(await read(1, 2, 3))).toEqual(["1", "0", "1"]);
    expect(reads).toEqual(["joined 1,2,3"]);
  });

  it("that no longer fit their category are dead letters, unread, and the others read on", async () => {
    const { readKeys: read, reads, keys } = database({});
    const before = [`{"id":1,"part":2}`, `{"number":1}`, `{"id":"one"}`, `{"id": 1}`, "{}"];
    const readings = await read([...keys(7), ...before, ...keys(8)]);
    expect(told(readings)).toEqual(["1", ...times(5, "failed rejected key.unfit"), "1"]);
    expect(reads).toEqual(["joined 7,8"]);
    expect(readings[1]).toMatchObject({ failure: { effect: "no", message: expect.stringContaining("id: integer") } });
  });

  it("that do not fit, all of them, ask the database nothing", async () => {
    const { readKeys: read, reads } = database({});
    expect(told(await read(["{}"]))).toEqual(["failed rejected key.unfit"]);
    expect(reads).toEqual([]);
  });

  it("without an answer hold the strategy: no item is charged, nothing is divided, nothing is absent", async () => {
    const half = (result: QueryResult) => whole(result.rows.slice(1));
    const { read, reads } = database({ answers: half, estimate: accepted });
    expect(told(await read(1, 2, 3))).toEqual(times(3, "blocked misconfigured query.unattested"));
    expect(reads).toEqual(["joined 1,2,3"]);
    const each = database({ answers: () => whole([]), strategy: { compose: "each" } });
    expect(told(await each.read(1, 2))).toEqual(times(2, "blocked misconfigured query.unattested"));
  });

  it("with more rows than one are dead letters, where the strategy says one", async () => {
    const { read } = database({ rows: (id) => id, strategy: { rows: "one" } });
    expect(told(await read(1, 2))).toEqual(["1", "failed rejected query.many-rows"]);
  });
});

describe("a form that fails", () => {
  it("is no dead letter while another one reads, and is not tried first the next time", async () => {
    for (const code of ["query.timeout", "query.data", "query.invalid"] as const) {
      const fault: Fault = (form) => (form === "joined" ? code : undefined);
      const { read, reads } = database({ fault, estimate: accepted });
      expect(told(await read(...eight)), code).toEqual(times(8, "1"));
      expect(told(await read(...eight)), code).toEqual(times(8, "1"));
      expect(reads.map((text) => text.split(" ")[0])).toEqual(["joined", "fenced", "fenced"]);
    }
  });

  it("is a dead letter's cause once all have failed", async () => {
    const { read, reads } = database({ fault: () => "query.timeout", estimate: accepted });
    expect(told(await read(1))).toEqual(["failed transient query.timeout"]);
    expect(reads).toEqual(["joined 1", "fenced 1", "each 1"]);
  });

  it("has no other where the strategy pins it", async () => {
    for (const form of ["joined", "fenced", "each"] as const) {
      const { read, reads } = database({
        fault: () => "query.timeout",
        estimate: accepted,
        strategy: { compose: form },
      });
      expect(told(await read(1))).toEqual(["failed transient query.timeout"]);
      expect(reads).toEqual([`${form} 1`]);
    }
  });

  it("for a reason that is not its own is not followed by another", async () => {
    for (const [code, kind] of [
      ["database.unavailable", "unavailable"],
      ["query.refused", "misconfigured"],
      ["operation.aborted", "cancelled"],
    ] as const) {
      const { read, reads } = database({ fault: () => code, estimate: accepted });
      expect(told(await read(1, 2))).toEqual(times(2, `blocked ${kind} ${code}`));
      expect(reads).toEqual(["joined 1,2"]);
    }
  });
});
