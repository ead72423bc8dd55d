import { describe, expect, it } from "vitest";
import { traceparentOf } from "./traceparent.ts";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const span = "00f067aa0ba902b7";

describe("a trace context", () => {
  it("is kept where it is W3C's, sampled or not", () => {
    for (const flags of ["01", "00", "ff"])
      expect(traceparentOf(`00-${trace}-${span}-${flags}`)).toBe(`00-${trace}-${span}-${flags}`);
  });

  it("is nothing where it is anything else", () => {
    const others: readonly unknown[] = [
      ...[undefined, null, "", 42, {}, [`00-${trace}-${span}-01`]],
      ...[`00-${trace}-${span}-01 `, `00-${trace}-${span}-01\n`, ` 00-${trace}-${span}-01`],
      ...[`00-${trace}-${span}-0g`, `00-${trace.toUpperCase()}-${span}-01`, `01-${trace}-${span}-01`],
      ...[`00-${"0".repeat(32)}-${span}-01`, `00-${trace}-${"0".repeat(16)}-01`],
      ...[`00_${trace}-${span}-01`, `'; DROP TABLE change; -- ${"x".repeat(30)}`, "a".repeat(1_000_000)],
    ];
    expect(others.map(traceparentOf)).toEqual(others.map(() => null));
  });
});
