import { expect, test } from "vitest";
import { fill } from "./documents.ts";

test("what stands between the marks is replaced, and nothing else", () => {
  const page = "before\n<!-- targets -->\nold\n<!-- /targets -->\nafter\n";
  const filled = "before\n<!-- targets -->\nnew\n<!-- /targets -->\nafter\n";
  expect(fill(page, "targets", "new")).toBe(filled);
  expect(fill(filled, "targets", "new")).toBe(filled);
  expect(() => fill("no marks", "targets", "new")).toThrow(`There is no "<!-- targets -->"`);
});
