import type { WireValue } from "@syncline/core/spi";

/** Documents that transports are known to break: rounded, trimmed, re-encoded, dropped. */
export const jsonCorpus: readonly WireValue[] = [
  { bigint: "9007199254740993", negative: "-9223372036854775808" },
  {
    decimal: "12345678901234567890123456789012345678",
    small: "0.00000000000000000000000000000000000001",
    scale: "12.50",
  },
  { emoji: "👩‍👩‍👧‍👦 🏳️‍🌈", chinese: "订单状态", arabic: "طلب", combining: "e\u0301", precomposed: "é", astral: "𝄞" },
  { quotes: `"'\`\\ / \\u0041 \\n`, markup: `<a href="x">&amp;]]></a>`, template: "$(x) {orderId} {{x}} %s %00" },
  { control: "tab\tline\nreturn\rnull\u0000bell\u0007delete\u007f", separators: "\u2028\u2029\ufeff\u00a0" },
  { empty: "", blank: "  leading and trailing  ", nothing: null, list: [], object: {} },
  { truth: true, lie: false, zero: 0, fraction: 0.1, large: 1e21, tiny: 5e-324, integer: 9_007_199_254_740_991 },
  { nested: { list: [{ deep: [{ deeper: [null, 1, "two", { three: true }] }] }], customer: { name: "Ω" } } },
  { time: "2026-10-25T01:30:00.000Z", date: "0001-01-01", binary: "AAECAwT/", boolean: "false", number: "007" },
  { "odd name": 1, "": 2, "with.dot": 3, constructor: 4, ünï: 5, "0": 6 },
  { long: "x".repeat(20_000) },
];
