import { describe, expect, it } from "vitest";
import { KeyRedaction } from "./key-redaction.ts";

const omit = new KeyRedaction("omit");
const hash = new KeyRedaction("hash");
const key = '{"email":"ann@example.com","orderId":5}';

describe("keys", () => {
  it("are the same text for all, or the same for the same", () => {
    expect(omit.key(key)).toBe("(key)");
    expect(hash.key(key)).toMatch(/^\(key [0-9a-f]{12}\)$/);
    expect(hash.key(key)).toBe(hash.key(key));
    expect(hash.key(key)).not.toBe(hash.key('{"orderId":6}'));
  });

  it.each([
    [`The key ${key} was recorded before`, "The key (key) was recorded before"],
    ["order 5 of ann@example.com is unknown", "order (key) of (key) is unknown"],
    ["PUT /o/ann%40example.com/5 answered 503", "PUT /o/(key)/(key) answered 503"],
    ["503 after 15 s, 5.", "503 after 15 s, (key)."],
    ["nothing of it", "nothing of it"],
  ])("%s", (message, expected) => {
    expect(omit.words(message, [key])).toBe(expected);
  });

  it("that are no JSON are taken out as they stand", () => {
    expect(omit.words("it says not json", ["not json"])).toBe("it says (key)");
  });

  it("are taken out of every failure of an outcome", () => {
    const failure = { kind: "rejected", code: "http.422", message: "no order 5", effect: "no" } as const;
    expect(omit.outcome({ status: "failed", failure }, [key])).toMatchObject({
      failure: { message: "no order (key)" },
    });
    expect(omit.outcome({ status: "partial", failures: [{ index: 0, failure }] }, [key])).toMatchObject({
      failures: [{ failure: { message: "no order (key)" } }],
    });
    expect(omit.reading({ result: "failed", failure }, [key])).toMatchObject({
      failure: { message: "no order (key)" },
    });
  });
});
