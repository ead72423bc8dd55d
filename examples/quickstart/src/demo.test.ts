import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterEach, expect, test } from "vitest";
import { forgetfulServiceVariable } from "./services/messages.ts";

const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
});

class Demo {
  output = "";
  readonly #child: ChildProcess;
  readonly exit: Promise<number | null>;

  constructor(parameters: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const main = fileURLToPath(new URL("./main.ts", import.meta.url));
    const flags = ["--import", import.meta.resolve("tsx"), "--conditions=@syncline/source"];
    this.#child = spawn(process.execPath, [...flags, main, ...parameters], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(this.#child);
    this.exit = once(this.#child, "close").then(([code]) => code as number | null);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
  }

  async says(pattern: RegExp): Promise<readonly string[]> {
    await expect.poll(() => pattern.test(this.output), { timeout: 50_000 }).toBe(true);
    return pattern.exec(this.output) ?? [];
  }

  pressCtrlC(): void {
    this.#child.kill("SIGINT");
  }
}

test("the demo ends with every downstream equal to the database", async () => {
  const demo = new Demo(["--seconds", "4"]);
  expect(await demo.exit, demo.output).toBe(0);
  expect(demo.output).toContain("Verified: every downstream equals the database.");
  expect(demo.output).toMatch(/✓ search\/orders +has all \d/);
});

const protocols = { warehouse: "HTTP", search: "gRPC", billing: "SOAP" };

for (const [service, protocol] of Object.entries(protocols)) {
  test(`a service that loses what it accepted over ${protocol} is found out`, async () => {
    const demo = new Demo(["--seconds", "2"], { [forgetfulServiceVariable]: service });
    expect(await demo.exit, demo.output).toBe(1);
    expect(demo.output).toContain("NOT verified");
    for (const other of Object.keys(protocols)) {
      const mark = other === service ? "✗" : "✓";
      expect(demo.output).toMatch(new RegExp(`${mark} ${other}/`));
      expect(demo.output).not.toMatch(new RegExp(`${mark === "✓" ? "✗" : "✓"} ${other}/`));
    }
  });
}

test("what --keep tells one to try works, and Ctrl-C ends it all", async () => {
  const demo = new Demo(["--seconds", "2", "--keep"]);
  await demo.says(/Ctrl-C ends it/);
  const [, password = "", address = ""] = await demo.says(/(?:PGPASSWORD='(.*)' )?psql (postgres\S+)/);
  const [, statements] = await demo.says(/<<'SQL'\n([\s\S]*?)\nSQL\n/);
  const [, page = ""] = await demo.says(/curl (http\S+\/customers\/7)/);
  const url = new URL(address);
  if (password !== "") url.password = password;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(statements ?? "");
  await client.end();
  const city = async () => ((await (await fetch(page)).json()) as { city: string }).city;
  await expect.poll(city, { timeout: 20_000 }).toBe("Lisbon");
  demo.pressCtrlC();
  expect(await demo.exit, demo.output).toBe(0);
  await expect(fetch(page)).rejects.toThrow();
});

test("--console ends with its address, which logs in whoever opens it", async () => {
  const demo = new Demo(["--seconds", "2", "--console"]);
  await demo.says(/Ctrl-C ends it/);
  const [, address = "", token = ""] = await demo.says(/behind\.\s+The console: (http\S+)#token=(\S+)/);
  const headers = { authorization: `Bearer ${token}` };
  const strategies = await fetch(`${address}api/v1/pipelines/shop/strategies`, { headers });
  expect(await strategies.json()).toMatchObject({ working: true, total: 5 });
  demo.pressCtrlC();
  expect(await demo.exit, demo.output).toBe(0);
  await expect(fetch(address)).rejects.toThrow();
});

test("a command line that makes no sense is refused before anything starts", async () => {
  const demo = new Demo(["--seconds", "many"]);
  expect(await demo.exit).toBe(2);
  expect(demo.output).toContain('--seconds must be a number from 2 to 600, not "many".');
});
