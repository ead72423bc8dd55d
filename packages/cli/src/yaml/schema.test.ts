import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { configSchema } from "./schema.ts";

it("the published JSON Schema is the one of the code", () => {
  const published = readFileSync(new URL("../../schema/config.json", import.meta.url), "utf8");
  expect(JSON.parse(published)).toEqual(configSchema);
});
