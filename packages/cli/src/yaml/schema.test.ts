import { expect, it } from "vitest";
import { configSchema } from "./schema.ts";

// `npx vitest run --project cli src/yaml -u` writes it anew.
it("the published JSON Schema is the one of the code", async () => {
  await expect(`${JSON.stringify(configSchema, null, 2)}\n`).toMatchFileSnapshot("../../schema/config.json");
});
