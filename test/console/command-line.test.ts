import { createServer } from "node:net";
import { createPipeline } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { postgres } from "@syncline/postgres";
import { afterEach, expect, it } from "vitest";
import { commandLine } from "../cli/syncline.ts";
import { categories } from "../harness/shop-model.ts";

const url = await testDatabase();
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const syncline = commandLine(() =>
  createPipeline({ database: postgres({ connectionString: url }), categories, downstreams: {}, log: silent }),
);
const operator = "SYNCLINE_CONSOLE_OPERATOR_TOKEN";
afterEach(() => {
  delete process.env[operator];
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it("run --console serves it to whoever has the token, for as long as it runs", async () => {
  process.env[operator] = "planted-secret-of-the-operator";
  const port = await freePort();
  const ending = new AbortController();
  const running = syncline(`run --migrate --console ${port}`, { signal: ending.signal });
  const address = `http://127.0.0.1:${port}/`;
  await expect
    .poll(
      () =>
        fetch(address).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 30_000 },
    )
    .toBe(200);
  const headers = { authorization: `Bearer ${process.env[operator]}` };
  expect(await (await fetch(`${address}api/v1/session`, { headers })).json()).toMatchObject({ role: "operator" });
  expect((await fetch(`${address}api/v1/session`)).status).toBe(401);
  ending.abort();
  const { exitCode, err } = await running;
  expect(exitCode).toBe(0);
  expect(err).toContain(`console: ${address}`);
  expect(err).not.toContain("planted-secret");
  await expect(fetch(address)).rejects.toThrow();
});

it("without a token it makes one for whoever sits there, and none where nobody does", async () => {
  const port = await freePort();
  const unattended = await syncline(`run --console ${port}`);
  expect(unattended).toMatchObject({ exitCode: 2, err: expect.stringContaining(operator) });
  const elsewhere = await syncline(`run --console 0.0.0.0:${port}`, { says: true });
  expect(elsewhere).toMatchObject({ exitCode: 2, err: expect.stringContaining(operator) });
  const ended = AbortSignal.abort();
  const attended = await syncline(`run --console ${port}`, { says: true, signal: ended });
  expect(attended.err).toMatch(/^console: http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{32}$/m);
});
