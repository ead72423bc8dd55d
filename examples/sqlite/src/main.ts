import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runDemo } from "./app/demo.ts";

const folder = mkdtempSync(join(tmpdir(), "syncline-shop-"));
try {
  const isEqual = await runDemo(join(folder, "shop.db"), (line) => console.log(line));
  console.log(
    isEqual ? "Verified: the downstream equals the database." : "The downstream does not equal the database.",
  );
  process.exitCode = isEqual ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
