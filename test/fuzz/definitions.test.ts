import { category, createPipeline, isSynclineError, strategy } from "@syncline/core";
import { grpc } from "@syncline/grpc";
import { http } from "@syncline/http";
import { mariadb } from "@syncline/mariadb";
import { oracle } from "@syncline/oracle";
import { postgres } from "@syncline/postgres";
import { soap } from "@syncline/soap";
import { sqlserver } from "@syncline/sqlserver";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";

const anything = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, maxDepth: 3 });
const nasty = fc.oneof(
  anything,
  fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "",
    " ",
    "a".repeat(500),
    "\u0000",
    "\r\n",
    -1,
    0,
    Number.NaN,
    1e308,
  ),
);
/** An object with some of the known names, and some that nobody knows. */
const objectOf = (...names: readonly string[]) =>
  fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.constantFrom("__proto__", "constructor", "unknown")), nasty, {
    maxKeys: 5,
  });

/** Whatever is given, it works or is refused in words; nothing breaks in the depth. */
function survives(make: () => unknown): void {
  try {
    make();
  } catch (error) {
    if (!isSynclineError(error)) throw error;
    expect(error.code).toMatch(/^[a-z]+\./);
    expect(error.message).toMatch(/\S/);
  }
}

/** There is no database: what is not refused waits for it, and is stopped. */
async function startsOrIsRefused(pipeline: ReturnType<typeof createPipeline> | undefined): Promise<void> {
  const starting = pipeline?.start().catch((error: unknown) => {
    if (!isSynclineError(error)) throw error;
  });
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  await pipeline?.stop({ timeoutMs: 0 });
  await starting;
}

const prototypes = JSON.stringify([
  Object.getOwnPropertyNames(Object.prototype),
  Object.getOwnPropertyNames(Array.prototype),
]);
afterAll(() => {
  expect(
    JSON.stringify([Object.getOwnPropertyNames(Object.prototype), Object.getOwnPropertyNames(Array.prototype)]),
  ).toBe(prototypes);
});

const order = category("order", { orderId: "bigint" });

describe("whatever is given to", () => {
  it("a category: it is refused in words, or it works", () => {
    fc.assert(
      fc.property(nasty, objectOf("orderId", "id"), (name, fields) =>
        survives(() => category(name as string, fields as never)),
      ),
      { numRuns: 300 },
    );
  });

  it("a condition: it is refused in words, or canonical", () => {
    const thing = category("thing", { id: "integer", name: "string" });
    fc.assert(
      fc.property(objectOf("id", "name"), (condition) =>
        survives(() => {
          const { key } = thing.changed(condition as never);
          expect(Object.keys(JSON.parse(key) as object)).toEqual(["id", "name"]);
        }),
      ),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 450 }), fc.integer(), (name, id) =>
        survives(() => {
          const { key } = thing.changed({ id, name });
          expect(JSON.parse(key)).toEqual({ id, name });
        }),
      ),
      { numRuns: 300 },
    );
  });

  it("a strategy and a pipeline: all that is wrong is told at the start, by place", async () => {
    const options = objectOf(
      "category",
      "query",
      "downstream",
      "path",
      "method",
      "batch",
      "retry",
      "rate",
      "debounce",
      "whenAbsent",
      "map",
      "options",
      "timeoutMs",
      "coalesce",
    );
    const database = postgres({ connectionString: "postgres://nobody@127.0.0.1:1/none" });
    await fc.assert(
      fc.asyncProperty(options, objectOf("leaseMs", "bufferBytes", "readLimit"), async (given, tuning) => {
        const sound = { category: order, query: "SELECT 1 AS id WHERE 1 = :orderId", downstream: "crm", path: "/x" };
        let pipeline: ReturnType<typeof createPipeline> | undefined;
        survives(() => {
          pipeline = createPipeline({
            database,
            categories: [order],
            strategies: [strategy("fuzzed", { ...sound, ...given } as never)],
            downstreams: { crm: http({ baseUrl: "http://127.0.0.1:1" }) },
            tuning: tuning as never,
            log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
          });
        });
        await startsOrIsRefused(pipeline);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["postgres", postgres, ["connectionString", "pool", "schema", "query", "max", "wakeUp", "ssl"]],
    ["sqlserver", sqlserver, ["config", "pool", "schema", "query", "connectionString"]],
    ["oracle", oracle, ["pool", "user", "password", "connectString", "schema", "query"]],
    ["mariadb", mariadb, ["connectionString", "config", "schema", "query", "max"]],
    ["http", http, ["baseUrl", "auth", "headers", "timeouts", "tls", "proxy", "network", "limits", "signature"]],
    ["grpc", grpc, ["address", "schema", "auth", "metadata", "tls", "limits", "service"]],
    ["soap", soap, ["baseUrl", "wsdl", "auth", "security", "tls", "limits", "version"]],
  ] as const)("%s(): it is refused in words, at the latest by start()", async (_, factory, names) => {
    const database = postgres({ connectionString: "postgres://nobody@127.0.0.1:1/none" });
    const isDatabase = ["postgres", "sqlserver", "oracle", "mariadb"].includes(factory.name);
    await fc.assert(
      fc.asyncProperty(fc.oneof(objectOf(...names), anything), async (options) => {
        let part: unknown;
        survives(() => {
          part = (factory as (given: unknown) => unknown)(options);
        });
        if (part === undefined) return;
        let pipeline: ReturnType<typeof createPipeline> | undefined;
        survives(() => {
          pipeline = createPipeline({
            categories: [order],
            log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
            ...(isDatabase ? { database: part, downstreams: {} } : { database, downstreams: { fuzzed: part } }),
          } as never);
        });
        await startsOrIsRefused(pipeline);
      }),
      { numRuns: 60 },
    );
  });
});
