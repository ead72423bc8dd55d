import { describe, expect, it } from "vitest";
import type { QueryLimits } from "../../contracts/query-runner.ts";
import { SynclineError } from "../../model/errors.ts";
import { accepted, bad, database, eight, type Fault, times, told } from "./testing/key-database.ts";

const limits: QueryLimits = { timeoutMs: 0, maxRows: 0, numbers: "string" };

it("is given up where it times out whatever is read: no key is charged but the one that was read alone", async () => {
  const { read, reads } = database({ fault: () => "query.timeout", estimate: accepted });
  const ids = Array.from({ length: 64 }, (_, index) => index + 1);
  const readings = told(await read(...ids));
  expect(readings[0]).toBe("failed transient query.timeout");
  expect(new Set(readings.slice(2))).toEqual(new Set(["blocked unavailable query.timeout"]));
  expect(reads.length).toBeLessThanOrEqual(16);
});

it("charges no key while the database cannot even look at the template in time", async () => {
  const locked = () => {
    throw new SynclineError("query.timeout", "A table is locked.");
  };
  const { read, reads } = database({ estimate: accepted, type: locked });
  expect(told(await read(1, 2, 3))).toEqual(times(3, "blocked unavailable query.timeout"));
  expect(reads).toEqual([]);
});

describe("keys that are all at fault", () => {
  it("hold the lane where no key was ever read, and are charged alone where others were", async () => {
    const { read } = database({ fault: bad("query.invalid", 1, 2), estimate: accepted });
    expect(told(await read(1, 2))).toEqual(times(2, "blocked misconfigured query.invalid"));
    await read(3);
    expect(told(await read(1, 2))).toEqual(times(2, "failed transient query.invalid"));
  });

  it("and that nobody looked at go back as they are, though others are read later", async () => {
    const ids = Array.from({ length: 128 }, (_, index) => index + 1);
    const { read } = database({ fault: bad("query.invalid", ...ids.slice(0, 64)), estimate: accepted });
    const readings = told(await read(...ids));
    expect(readings.slice(64)).toEqual(times(64, "1"));
    expect(new Set(readings.slice(0, 64))).toEqual(
      new Set(["failed rejected query.invalid", "blocked cancelled query.invalid"]),
    );
  });
});

describe("a value that makes a read fail", () => {
  it("is found among many: the others have their rows", async () => {
    const { read, reads } = database({ fault: bad("query.data", 5), estimate: accepted });
    expect(told(await read(...eight))).toEqual([...times(4, "1"), "failed rejected query.data", ...times(3, "1")]);
    // Three forms of the whole, three more of the lone key; one statement for each other half.
    expect(reads).toEqual([
      "joined 1,2,3,4,5,6,7,8",
      "fenced 1,2,3,4,5,6,7,8",
      "each 1,2,3,4,5,6,7,8",
      "fenced 1,2,3,4",
      "fenced 5,6,7,8",
      "fenced 5,6",
      ...["joined 5", "fenced 5", "each 5"],
      "joined 6",
      "fenced 7,8",
    ]);
  });

  it("is found among many, too, where the server calls it the statement's fault", async () => {
    for (const code of ["query.invalid", "database.failed"] as const) {
      const { read, reads } = database({ fault: bad(code, 5), estimate: accepted });
      expect(told(await read(...eight)), code).toEqual([...times(4, "1"), `failed rejected ${code}`, ...times(3, "1")]);
      expect(reads.length).toBeLessThanOrEqual(10);
    }
  });

  it("is not spread to others by a form that never ends: halves are read in one that does", async () => {
    const fault: Fault = (form, ids) => (form === "fenced" ? "query.timeout" : bad("query.data", 5)(form, ids, limits));
    const { read, reads } = database({ fault, estimate: accepted });
    expect(told(await read(...eight))).toEqual([...times(4, "1"), "failed rejected query.data", ...times(3, "1")]);
    expect(reads.filter((text) => text.startsWith("fenced"))).toEqual(["fenced 1,2,3,4,5,6,7,8", "fenced 5"]);
  });

  it("is found twice, in different halves", async () => {
    for (const code of ["query.data", "query.invalid"] as const) {
      const { read } = database({ fault: bad(code, 2, 7), estimate: accepted });
      const expected = eight.map((id) => (id === 2 || id === 7 ? `failed rejected ${code}` : "1"));
      expect(told(await read(...eight)), code).toEqual(expected);
    }
  });

  it("is the lone key's, in doubt: tried again, since nothing was read with it that shows more", async () => {
    const { read } = database({ fault: () => "query.invalid", estimate: accepted });
    expect(told(await read(1))).toEqual(["failed transient query.invalid"]);
  });
});

describe("a column that got another type meanwhile", () => {
  const setting = (code: "query.invalid" | "query.data") => {
    const types = ["int4", "text"];
    const type = () => types.shift() ?? "text";
    const fault: Fault = (_form, _ids, _limits, bound) => (bound === "int4" ? code : undefined);
    return database({ estimate: accepted, type, fault });
  };

  it("is asked for before any key is charged, and the keys are read as what it is now", async () => {
    for (const code of ["query.invalid", "query.data"] as const) {
      const { read, reads } = setting(code);
      expect(told(await read(1, 2, 3)), code).toEqual(times(3, "1"));
      expect(reads).toEqual(["joined 1,2,3", "fenced 1,2,3", "each 1,2,3", "joined 1,2,3"]);
    }
  });

  it("is asked for once: where it is the same, the key is at fault", async () => {
    let asked = 0;
    const type = () => {
      asked += 1;
      return "int4";
    };
    const { read } = database({ estimate: accepted, type, fault: bad("query.data", 2) });
    expect(told(await read(1, 2, 3))).toEqual(["1", "failed rejected query.data", "1"]);
    expect(asked).toBe(2);
  });
});

describe("a template that is broken", () => {
  it("holds the strategy after a handful of statements, however many keys there are", async () => {
    const { read, reads } = database({ fault: () => "query.invalid", estimate: () => undefined });
    expect(told(await read(...eight))).toEqual(times(8, "blocked misconfigured query.invalid"));
    expect(reads).toEqual(["joined 1,2,3,4,5,6,7,8"]);
  });

  it("holds the strategy as well if the database plans it, and reads no key by it", async () => {
    const { read, reads } = database({ fault: () => "query.invalid", estimate: accepted });
    expect(told(await read(...eight))).toEqual(times(8, "blocked misconfigured query.invalid"));
    expect(reads.length).toBeLessThanOrEqual(3 + 2 * 8);
  });

  it("of which no key reads is given up after few statements, however many keys there are", async () => {
    const { read, reads } = database({ fault: () => "query.invalid", estimate: accepted });
    const many = Array.from({ length: 500 }, (_, id) => id);
    expect(new Set(told(await read(...many)))).toEqual(new Set(["blocked misconfigured query.invalid"]));
    expect(reads.length).toBeLessThanOrEqual(40);
  });

  it("is not blamed for what half of all keys do", async () => {
    const odd: Fault = (_, ids) => (ids.some((id) => id % 2 === 1) ? "query.invalid" : undefined);
    const { read } = database({ fault: odd, estimate: accepted });
    const many = Array.from({ length: 500 }, (_, id) => id);
    expect(told(await read(...many))).toEqual(many.map((id) => (id % 2 === 1 ? "failed rejected query.invalid" : "1")));
  });

  it("is not blamed for a database that goes away while the key at fault is looked for", async () => {
    const fault: Fault = (form) => (form === "fenced" && reads.length > 4 ? "database.unavailable" : "query.invalid");
    const { read, reads } = database({ fault, estimate: accepted });
    expect(told(await read(1, 2, 3, 4))).toEqual(times(4, "blocked unavailable database.unavailable"));
  });

  it("holds the strategy if the database cannot be asked any more", async () => {
    let asked = 0;
    const away = () => {
      asked += 1;
      if (asked > 4) throw new SynclineError("database.unavailable", "It is away.");
      return 1;
    };
    const { read } = database({ fault: () => "query.invalid", estimate: away });
    expect(told(await read(1, 2))).toEqual(times(2, "blocked misconfigured query.invalid"));
  });
});

describe("a database that estimates nothing", () => {
  it("is asked for halves once, and that none of them reads is the template's fault", async () => {
    const { read, reads } = database({ fault: () => "query.invalid" });
    expect(told(await read(...eight))).toEqual(times(8, "blocked misconfigured query.invalid"));
    expect(reads).toEqual(["joined 1,2,3,4,5,6,7,8", "joined 1,2,3,4", "joined 5,6,7,8"]);
  });

  it("shows by one half that reads that a key of the other is at fault, which is found", async () => {
    const { read } = database({ fault: bad("query.invalid", 5) });
    expect(told(await read(...eight))).toEqual([...times(4, "1"), "failed rejected query.invalid", ...times(3, "1")]);
  });

  it("cannot tell of a lone key whether it is the template: the strategy is held", async () => {
    const { read } = database({ fault: () => "query.invalid" });
    expect(told(await read(1))).toEqual(["blocked misconfigured query.invalid"]);
  });

  it("still has a value's fault found, since it says that it is one", async () => {
    const { read } = database({ fault: bad("query.data", 5) });
    expect(told(await read(...eight))).toEqual([...times(4, "1"), "failed rejected query.data", ...times(3, "1")]);
  });
});

describe("too much for one read", () => {
  it("in rows is divided until the key with too many stands alone, in the form that it was", async () => {
    const { read, reads } = database({ fault: bad("query.row-limit", 3), estimate: accepted });
    expect(told(await read(1, 2, 3, 4))).toEqual(["1", "1", "failed rejected query.row-limit", "1"]);
    expect(reads[0]).toBe("joined 1,2,3,4");
    expect(reads.slice(1).map((text) => text.split(" ")[1])).toEqual(["1,2", "3,4", "3", "4"]);
  });

  const bytes: Fault = (_, ids, { maxBytes = 0 }) => (ids.length * 100 > maxBytes ? "query.byte-limit" : undefined);

  it("in bytes is cut in two, and the second part is left for another time", async () => {
    const { readKeys: read, reads, keys } = database({ fault: bytes, estimate: accepted });
    expect(told(await read(keys(1, 2, 3, 4), 250))).toEqual(["1", "1", "deferred", "deferred"]);
    expect(reads).toEqual(["joined 1,2,3,4", "joined 1,2"]);
    expect(told(await read(keys(1), 50))).toEqual(["deferred"]);
  });

  it("in bytes is nobody's fault while a key's is looked for", async () => {
    for (const code of ["query.invalid", "query.data"] as const) {
      const fault: Fault = (form, ids, limits) => bad(code, 1)(form, ids, limits) ?? bytes(form, ids, limits);
      const { readKeys: read, keys } = database({ fault, estimate: accepted });
      const readings = told(await read(keys(1, 2, 3, 4), 350));
      expect(readings[0], code).toBe(`failed rejected ${code}`);
      for (const reading of readings.slice(1)) expect(["1", "deferred"], code).toContain(reading);
    }
  });
});
