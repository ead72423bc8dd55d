import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loginOf } from "./login.ts";

const url = process.env.SYNCLINE_ORACLE_URL;

function run(environment: NodeJS.ProcessEnv): Promise<{ readonly code: number; readonly output: string }> {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const flags = ["--import", import.meta.resolve("tsx"), "--conditions=@syncline/source", main, "4"];
  return new Promise((resolve) => {
    execFile(process.execPath, flags, { env: { ...process.env, ...environment } }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, output: stdout + stderr });
    });
  });
}

describe("the demo", () => {
  test("says what it needs where no server is named", async () => {
    const { code, output } = await run({ ORACLE_URL: "" });
    expect(code).toBe(2);
    expect(output).toContain("ORACLE_URL=oracle://");
  });

  test("says why it fails where nobody listens, and ends", async () => {
    const { code, output } = await run({ ORACLE_URL: "oracle://shop:secret@127.0.0.1:1/none" });
    expect(code).toBe(1);
    expect(output).toMatch(/The demo failed: NJS-/);
    expect(output).not.toContain("secret");
  });

  test.skipIf(url === undefined || url === "")("ends with every downstream equal to the database", async () => {
    const { code, output } = await run({ ORACLE_URL: url });
    expect(code, output).toBe(0);
    expect(output.match(/✓/g)).toHaveLength(4);
  });
});

test("a login is read of its address", () => {
  expect(loginOf("oracle://sh%40p:s%3Acret@db:1521/shop.example.com")).toEqual({
    user: "sh@p",
    password: "s:cret",
    connectString: "db:1521/shop.example.com",
  });
  for (const wrong of [undefined, "", "oracle://db/shop", "postgres://a:b@c/d", "oracle://a:b@c/", "x"])
    expect(loginOf(wrong)).toBeUndefined();
});
