import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { category } from "./category.ts";
import type { FieldType } from "./category-definition.ts";
import { canonicalCondition, conditionOf, maxKeyLength, parseCondition } from "./condition.ts";

const order = category("order", { orderId: "bigint", region: "string" });

function one(type: FieldType) {
  const definition = category("c", { v: type });
  return {
    fromCode: (v: unknown) => canonicalCondition(definition, { v }),
    fromText: (json: string) => parseCondition(definition, `{"v": ${json}}`),
  };
}

function keyOf(result: ReturnType<typeof canonicalCondition>): string | readonly string[] {
  return result.ok ? result.key : result.problems.map(({ at, message }) => `${at}: ${message}`);
}

it("sorts fields, leaves out spaces, and keeps 64-bit integers exact as strings", () => {
  const result = canonicalCondition(order, { region: "EU", orderId: 9_007_199_254_740_993n });
  expect(result).toEqual({
    ok: true,
    condition: { orderId: "9007199254740993", region: "EU" },
    key: '{"orderId":"9007199254740993","region":"EU"}',
  });
});

describe("makes one text of all spellings of a value", () => {
  const spellings: readonly [FieldType, string, readonly unknown[], readonly string[]][] = [
    ["bigint", '"42"', [42, 42n, "42", "042", "+42"], ["42", '"42"', "42.0", "4.2e1", " 42 "]],
    ["bigint", '"9007199254740993"', [9_007_199_254_740_993n], ["9007199254740993", '"9007199254740993"']],
    ["bigint", '"-9223372036854775808"', [-(2n ** 63n)], ["-9223372036854775808"]],
    ["bigint", '"0"', [0, -0, "-0"], ["-0", "0.0", "0e5"]],
    ["integer", "7", [7, "7", 7n], ["7", "7.0", '"7"', "70e-1"]],
    ["decimal", '"1.1"', [1.1, "1.10", "01.1"], ["1.10", "1.1", '"1.1000"', "11e-1", "0.11e1"]],
    ["decimal", '"100"', [100, "1e2", 100n], ["100", "100.00", "1E+2"]],
    ["decimal", '"-0.005"', [-0.005, "-.005".replace("-.", "-0.")], ["-0.005", "-5e-3"]],
    [
      "decimal",
      '"12345678901234567890.123456789"',
      ["12345678901234567890.123456789"],
      ["12345678901234567890.123456789"],
    ],
    ["boolean", "true", [true], ["true"]],
    [
      "uuid",
      '"0a1b2c3d-0000-4000-8000-00000000000f"',
      ["0A1B2C3D-0000-4000-8000-00000000000F", "{0a1b2c3d-0000-4000-8000-00000000000f}"],
      ['"0a1b2c3d00004000800000000000000f"'],
    ],
    ["date", '"2024-02-29"', ["2024-02-29"], ['"2024-02-29"']],
    [
      "timestamp",
      '"2026-01-02T03:04:05.678Z"',
      ["2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678000Z", "2026-01-02T04:04:05.678+01:00"],
      ['"2026-01-02 03:04:05.678+00"', '"2026-01-02T03:04:05.67800+00:00"', '"2026-01-02 08:34:05.678+05:30"'],
    ],
    [
      "timestamp",
      '"2026-01-02T03:04:05.000001Z"',
      ["2026-01-02T03:04:05.000001Z"],
      ['"2026-01-01 19:04:05.000001-08"'],
    ],
    ["string", '"O\'Hara \\"x\\" \\\\ ü 名"', ['O\'Hara "x" \\ ü 名'], ['"O\'Hara \\"x\\" \\\\ \\u00fc 名"']],
  ];
  for (const [type, text, fromCode, fromText] of spellings) {
    it(`${type} ${text}`, () => {
      const { fromCode: code, fromText: read } = one(type);
      for (const value of fromCode) expect(keyOf(code(value))).toBe(`{"v":${text}}`);
      for (const json of fromText) expect(keyOf(read(json))).toBe(`{"v":${text}}`);
    });
  }
});

describe("refuses, by field and with the reason", () => {
  const refused: readonly [FieldType, readonly unknown[]][] = [
    ["bigint", [2n ** 63n, "1.5", 1.5, "x", "", Number.NaN, 2 ** 53, true, {}, { number: "1" }, [1], "1e400"]],
    ["integer", [2 ** 53, "9007199254740993", 0.5, "one"]],
    ["decimal", [Number.NaN, Number.POSITIVE_INFINITY, "1,5", "0x10", "1e99999", "", "."]],
    ["boolean", ["true", 1, 0]],
    ["uuid", ["0a1b2c3d-0000-4000-8000-00000000000", "g".repeat(32), 5]],
    ["date", ["2026-02-30", "2026-13-01", "26-01-01", new Date(), "2026-01-01T00:00:00Z"]],
    [
      "timestamp",
      [
        "2026-01-02T03:04:05",
        "2026-01-02",
        "2026-02-30T00:00:00Z",
        "2026-01-02T24:00:00Z",
        new Date(Number.NaN),
        new Date("2026-01-02T03:04:05.678Z"),
        0,
        "2026-01-02T03:04:05.0000001Z",
      ],
    ],
    ["string", ["a\u0000b", "\ud800", 5, null, undefined]],
  ];
  for (const [type, values] of refused) {
    it(type, () => {
      for (const value of values) {
        const result = one(type).fromCode(value);
        expect(result.ok, `${type} took ${String(value)}`).toBe(false);
        if (!result.ok) expect(result.problems.map((problem) => problem.at)).toEqual(["v"]);
      }
    });
  }

  it("a number where another type is wanted, and the year 0", () => {
    expect(one("uuid").fromText("12345678901234567890123456789012").ok).toBe(false);
    for (const type of ["string", "boolean", "date", "timestamp"] as const)
      expect(one(type).fromText("20260101").ok).toBe(false);
    expect(one("date").fromCode("0000-01-01").ok).toBe(false);
  });

  it("every problem at once: missing, unknown and wrong fields", () => {
    const result = canonicalCondition(order, { orderId: "x", regoin: "EU" });
    expect(result.ok ? [] : result.problems.map((problem) => problem.at)).toEqual(["orderId", "region", "regoin"]);
  });

  it("prototypes dressed up as fields", () => {
    expect(parseCondition(order, '{"orderId":1,"region":"EU","__proto__":{"x":1}}').ok).toBe(false);
    expect(parseCondition(order, '{"orderId":1,"region":"EU","__proto__":1}').ok).toBe(false);
    expect(canonicalCondition(order, Object.create({ orderId: 1, region: "EU" })).ok).toBe(false);
  });

  it("what is not a flat object", () => {
    for (const text of [
      "",
      "1",
      "[]",
      "null",
      '"x"',
      '{"orderId":{}}',
      '{"orderId":[1]}',
      '{"orderId":1.5,}',
      '{"orderId":1.5 "region":""}',
    ]) {
      expect(parseCondition(order, text).ok, text).toBe(false);
    }
  });

  it("a key that is too long, by its canonical text", () => {
    const fits = "x".repeat(maxKeyLength - '{"v":""}'.length);
    expect(one("string").fromCode(fits).ok).toBe(true);
    expect(keyOf(one("string").fromCode(`${fits}x`))).toEqual([
      expect.stringContaining("401 characters; 400 are allowed"),
    ]);
  });
});

const scalar = fc.record({
  text: fc
    .string({ unit: "grapheme", maxLength: 40 })
    .filter((text) => text.isWellFormed() && !text.includes("\u0000")),
  big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  flag: fc.boolean(),
  at: fc.date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9998-12-31T00:00:00Z"), noInvalidDate: true }),
});
const wide = category("wide", { text: "string", big: "bigint", flag: "boolean", at: "timestamp" });

it("says of a Date that its microseconds are lost, and what to give instead", () => {
  const refused = canonicalCondition(category("c", { at: "timestamp" }), { at: new Date(0) as never });
  const message =
    "A Date keeps milliseconds only, and columns keep microseconds: read the time as text, and give that.";
  expect(refused).toEqual({ ok: false, problems: [{ at: "at", message }] });
});

it("gives code and JSON text the same key, and the key gives the condition back", () => {
  fc.assert(
    fc.property(scalar, ({ text, big, flag, at: moment }) => {
      const at = moment.toISOString();
      const fromCode = canonicalCondition(wide, { text, big, flag, at });
      const raw = `{ "flag":${flag}, "at":"${at}", "big" : ${big},"text":${JSON.stringify(text)} }`;
      const fromText = parseCondition(wide, raw);
      expect(fromText).toEqual(fromCode);
      expect(fromCode.ok && conditionOf(fromCode.key)).toEqual(fromCode.ok && fromCode.condition);
    }),
  );
});

it("gives conditions that nobody can change", () => {
  const made = canonicalCondition(order, { orderId: 1, region: "EU" });
  expect(made.ok && Object.isFrozen(made.condition)).toBe(true);
  expect(Object.isFrozen(conditionOf('{"orderId":"1","region":"EU"}'))).toBe(true);
});

it("gives different values different keys", () => {
  fc.assert(
    fc.property(scalar, scalar, (a, b) => {
      const [one, other] = [canonicalCondition(wide, a), canonicalCondition(wide, b)];
      const same = a.text === b.text && a.big === b.big && a.flag === b.flag && a.at.getTime() === b.at.getTime();
      expect(one.ok && other.ok && one.key === other.key).toBe(same);
    }),
  );
});

it("reads decimals exactly, whatever way they are written", () => {
  const digits = fc.stringMatching(/^[1-9]\d{0,30}$/);
  fc.assert(
    fc.property(digits, fc.integer({ min: -20, max: 20 }), fc.integer({ min: 0, max: 5 }), (whole, exponent, zeros) => {
      const { fromText } = one("decimal");
      const shifted = fromText(`${whole}${"0".repeat(zeros)}e${exponent - zeros}`);
      const plain = fromText(`${whole}e${exponent}`);
      expect(shifted).toEqual(plain);
      expect(plain.ok && String(plain.condition.v)).not.toMatch(/[eE]|^0\d|\.\d*0$|\.$/);
    }),
  );
});

it("never throws, whatever is in the table", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.string().map((text) => `{"orderId":1.5,${text}}`),
      ),
      (text) => {
        const result = parseCondition(order, text);
        expect(result.ok || result.problems.length > 0).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});
