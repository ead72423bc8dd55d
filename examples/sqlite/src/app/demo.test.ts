import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runDemo } from "./demo.ts";

const folder = mkdtempSync(join(tmpdir(), "syncline-shop-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("an application of one process keeps a downstream equal to its SQLite file", async () => {
  const lines: string[] = [];
  expect(await runDemo(join(folder, "shop.db"), (line) => lines.push(line))).toBe(true);
  expect(lines).toEqual([
    "equal: 20 orders were paid; the warehouse has 20 orders",
    "equal: one was cancelled, and a customer has another name; the warehouse has 19 orders",
    expect.stringContaining("rolled back"),
    "equal: nothing changed; the warehouse has 19 orders",
  ]);
});
