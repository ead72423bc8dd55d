import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { category, createPipeline, type Pipeline } from "@syncline/core";
import { memoryDatabase } from "@syncline/testkit";
import { expect, it } from "vitest";
import { waitFor } from "../harness/wait-for.ts";
import { commandLine } from "./syncline.ts";

const open = () =>
  createPipeline({
    database: memoryDatabase(),
    categories: [category("item", { id: "bigint" })],
    downstreams: {},
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  }) as unknown as Pipeline;
const syncline = commandLine(open);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it("`run --metrics` answers Prometheus on the loopback address, and ends with the run", async () => {
  const port = await freePort();
  const ending = new AbortController();
  const running = syncline(`run --migrate --metrics ${port}`, { signal: ending.signal });
  const scrape = async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  let text = "";
  await waitFor("the worker to be ready", async () => {
    text = await scrape().catch(() => "");
    return text.includes("syncline_worker_ready 1");
  });
  expect(text).toContain("syncline_backlog_readable 1");
  await expect(fetch(`http://[::1]:${port}/metrics`)).rejects.toThrow();
  ending.abort();
  expect((await running).exitCode).toBe(0);
  await expect(scrape()).rejects.toThrow();
});

it.each(["nine", "99999", "127.0.0.1:"])("`--metrics %s` is refused", async (value) => {
  const { exitCode, err } = await syncline(["run", "--metrics", value]);
  expect(exitCode).toBe(2);
  expect(err).toContain("address:port");
});
