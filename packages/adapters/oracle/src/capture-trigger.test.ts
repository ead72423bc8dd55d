import { describe, expect, test } from "vitest";
import { type CaptureTriggerOptions, captureTrigger } from "./capture-trigger.ts";

const order = { name: "order", fields: { orderId: "bigint", region: "string" } } as const;

describe("captureTrigger()", () => {
  test("records the new key of what is there, and the old one of what is gone or has moved", () => {
    const text = captureTrigger({ table: "shop.orders", category: order, columns: { orderId: "id" } });
    expect(text).toBe(`CREATE OR REPLACE TRIGGER syncline_on_orders
AFTER INSERT OR UPDATE OR DELETE ON shop.orders
FOR EACH ROW
BEGIN
  IF :OLD.id IS NOT NULL AND :OLD.region IS NOT NULL AND (DELETING OR UPDATING AND (:OLD.id <> :NEW.id OR :NEW.id IS NULL OR :OLD.region <> :NEW.region OR :NEW.region IS NULL)) THEN
    INSERT INTO syncline_change (category, condition, operation)
    SELECT 'order', JSON_OBJECT('orderId' VALUE :OLD.id, 'region' VALUE TO_CHAR(:OLD.region)), 'delete' FROM dual;
  END IF;
  IF :NEW.id IS NOT NULL AND :NEW.region IS NOT NULL AND (INSERTING OR UPDATING) THEN
    INSERT INTO syncline_change (category, condition, operation)
    SELECT 'order', JSON_OBJECT('orderId' VALUE :NEW.id, 'region' VALUE TO_CHAR(:NEW.region)), 'upsert' FROM dual;
  END IF;
END;`);
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
