import type { SynclineError } from "@syncline/core/spi";
import { describe, expect, test } from "vitest";
import { type CaptureTriggerOptions, captureTrigger } from "./capture-trigger.ts";

/** As JSON wants a text, also where JSON_OBJECT does not see to it. */
function written(column: string): string {
  const ascii = `ASCIISTR(SUBSTR(${column}, 1, 400))`;
  const inAscii = `'"' || REPLACE(REPLACE(${ascii}, '\\', '\\u'), '"', '\\"') || '"'`;
  return `CASE WHEN ASCIISTR(SUBSTR(TO_CHAR(${column}), 1, 400)) = ${ascii} THEN '"' || ${escaped(column)} || '"' ELSE ${inAscii} END`;
}

function escaped(column: string): string {
  const characters = [`'\\'`, `'"'`, "CHR(8)", "CHR(9)", "CHR(10)", "CHR(12)", "CHR(13)"];
  const escapes = ["\\\\", '\\"', "\\b", "\\t", "\\n", "\\f", "\\r"];
  return characters.reduce(
    (inner, character, at) => `REPLACE(${inner}, ${character}, '${escapes[at]}')`,
    `TO_CHAR(${column})`,
  );
}

const order = { name: "order", fields: { orderId: "bigint", region: "string" } } as const;

describe("captureTrigger()", () => {
  test("records the new key of what is there, and the old one of what is gone or has moved", () => {
    const text = captureTrigger({ table: "shop.orders", category: order, columns: { orderId: "id" } });
    expect(text).toBe(`CREATE OR REPLACE TRIGGER syncline_on_orders
AFTER INSERT OR UPDATE OR DELETE ON shop.orders
FOR EACH ROW
BEGIN
  IF :OLD.id IS NOT NULL AND :OLD.region IS NOT NULL AND (DELETING OR UPDATING AND (:OLD.id <> :NEW.id OR :NEW.id IS NULL OR NLSSORT(:OLD.region, 'NLS_SORT=BINARY') <> NLSSORT(:NEW.region, 'NLS_SORT=BINARY') OR :NEW.region IS NULL)) THEN
    INSERT INTO syncline_change (category, condition, operation)
    SELECT 'order', JSON_OBJECT('orderId' VALUE :OLD.id, 'region' VALUE ${written(":OLD.region")} FORMAT JSON), 'delete' FROM SYS.dual;
  END IF;
  IF :NEW.id IS NOT NULL AND :NEW.region IS NOT NULL AND (INSERTING OR UPDATING) THEN
    INSERT INTO syncline_change (category, condition, operation)
    SELECT 'order', JSON_OBJECT('orderId' VALUE :NEW.id, 'region' VALUE ${written(":NEW.region")} FORMAT JSON), 'upsert' FROM SYS.dual;
  END IF;
END;`);
  });

  test("takes an instant from the column's own zone, or from the one that is named, with all its digits", () => {
    const made = { name: "made", fields: { at: "timestamp", on: "timestamp" } } as const;
    const text = captureTrigger({ table: "t", category: made, zones: { at: "column", on: "Europe/Berlin" } });
    expect(text).toContain(
      `'at' VALUE TO_CHAR(SYS_EXTRACT_UTC(CAST(:NEW.at AS TIMESTAMP(9) WITH TIME ZONE)), 'YYYY-MM-DD"T"HH24:MI:SS.FF9"Z"')`,
    );
    expect(text).toContain("SYS_EXTRACT_UTC(FROM_TZ(CAST(:NEW.on AS TIMESTAMP(9)), 'Europe/Berlin'))");
  });

  test("wants to be told the zone of every instant, since the session's would decide", () => {
    const made = { name: "made", fields: { at: "timestamp", id: "integer" } } as const;
    const problemsOf = (zones?: { readonly [field: string]: string }) => {
      try {
        captureTrigger({ table: "t", category: made, ...(zones === undefined ? {} : { zones }) });
      } catch (error) {
        return (error as SynclineError).problems;
      }
      return [];
    };
    expect(problemsOf()).toEqual([{ at: "captureTrigger.zones.at", message: expect.stringContaining("time zone") }]);
    expect(problemsOf({ at: "x'); DROP" })).toHaveLength(1);
    expect(problemsOf({ at: "UTC", id: "UTC" })).toEqual([expect.objectContaining({ at: "captureTrigger.zones.id" })]);
    expect(problemsOf({ at: "UTC" })).toEqual([]);
  });

  test("writes what a type cannot hold so that its change is refused, and not as another key", () => {
    const odd = { name: "odd", fields: { day: "date", yes: "boolean" } } as const;
    const text = captureTrigger({ table: "t", category: odd });
    expect(text).toContain(
      `TO_CHAR(:NEW.day, CASE WHEN :NEW.day = TRUNC(:NEW.day) THEN 'YYYY-MM-DD' ELSE 'YYYY-MM-DD"T"HH24:MI:SS' END)`,
    );
    expect(text).toContain(
      "CASE :NEW.yes WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE TO_CHAR(:NEW.yes) END FORMAT JSON",
    );
  });

  test("has a name that can be one, whatever the table's", () => {
    expect(captureTrigger({ table: `shop."Order Lines"`, category: order })).toContain(
      "TRIGGER syncline_on_Order_Lines\n",
    );
  });

  test("goes where it is told", () => {
    const options = { table: `"Order Lines"`, category: order, name: "shop.capture", schema: "sync", prefix: "acme_" };
    const text = captureTrigger(options);
    expect(text).toContain(`TRIGGER shop.capture\nAFTER INSERT OR UPDATE OR DELETE ON "Order Lines"\n`);
    expect(text).toContain("INSERT INTO sync.acme_change ");
  });

  test("names everything that is wrong at once", () => {
    const wrong = {
      table: "orders; DROP TABLE x",
      category: order,
      columns: { orderId: "id)", customer: "c" },
      name: "a b",
      prefix: "x",
    };
    expect(() => captureTrigger(wrong as CaptureTriggerOptions)).toThrow(
      expect.objectContaining({
        code: "config.invalid",
        problems: [
          expect.objectContaining({ at: "captureTrigger.prefix" }),
          expect.objectContaining({ at: "captureTrigger.table" }),
          expect.objectContaining({ at: "captureTrigger.name" }),
          expect.objectContaining({ at: "captureTrigger.columns.orderId" }),
          expect.objectContaining({ at: "captureTrigger.columns.customer" }),
        ],
      }),
    );
  });
});
