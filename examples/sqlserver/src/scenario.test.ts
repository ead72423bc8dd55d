import { expect, test } from "vitest";
import { runScenario } from "./scenario.ts";
import { serverConfig } from "./server-config.ts";

const variable = "SYNCLINE_SQLSERVER_URL";
const url = process.env[variable] ?? "";
if (url === "") console.log(`skipped: the shop on SQL Server: ${variable} names no server`);

test.skipIf(url === "")("the shop ends with every downstream equal to the database", { timeout: 600_000 }, async () => {
  const said: string[] = [];
  const wrong = await runScenario({ config: serverConfig(url), seconds: 3, say: (line) => said.push(line) });
  expect(wrong, said.join("\n")).toEqual([]);
  expect(said.filter((line) => line.startsWith("✓"))).toHaveLength(4);
});
