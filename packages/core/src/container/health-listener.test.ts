import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Health } from "./health.ts";
import { healthListener } from "./health-listener.ts";

const problems: Health["problems"] = [
  { part: "strategy crm-orders", since: "2026-01-01T00:00:00Z", severity: "error", code: "http.500", message: "told" },
];
const health: Health = { live: true, ready: false, problems };
const token = "a-token-of-some-length";
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.unstubAllEnvs();
});

async function ask(options: Parameters<typeof healthListener>[1], authorization?: string, path = "/readyz") {
  const server = createServer(healthListener({ health: () => health }, options));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  const headers = authorization === undefined ? {} : { authorization };
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { headers });
  return { status: response.status, body: await response.json() };
}

describe("Health is told in detail", () => {
  test.each([
    ["a token", token],
    ["a token of the environment", "env:SYNCLINE_TEST_HEALTH_TOKEN"],
    ["a token that changes", () => token],
  ])("to whoever has it: %s", async (_, source) => {
    vi.stubEnv("SYNCLINE_TEST_HEALTH_TOKEN", token);
    const expected = { status: 503, body: { live: true, ready: false, problems } };
    expect(await ask({ token: source }, `Bearer ${token}`)).toEqual(expected);
    expect(await ask({ token: source }, `bearer ${token}`)).toEqual(expected);
  });

  test.each<[string, Parameters<typeof healthListener>[1], string | undefined]>([
    ["who asks without a token", { token }, undefined],
    ["who has another", { token }, "Bearer another-token-of-length"],
    ["who has the beginning of it", { token }, `Bearer ${token.slice(0, -1)}`],
    ["who has more than it", { token }, `Bearer ${token}x`],
    ["who sends it in another way", { token }, `Basic ${token}`],
    ["who sends nothing as a token", { token }, "Bearer "],
    ["anybody, where there is none", {}, `Bearer ${token}`],
    ["anybody, where there are no options", undefined, "Bearer undefined"],
    ["anybody, where it is not set", { token: "env:SYNCLINE_TEST_NOT_SET" }, "Bearer "],
    ["anybody, where it turns out to be short", { token: () => "short" }, "Bearer short"],
  ])("and not to %s", async (_, options, authorization) => {
    expect(await ask(options, authorization)).toEqual({ status: 503, body: { live: true, ready: false } });
    expect(await ask(options, authorization, "/livez?a=b")).toEqual({
      status: 200,
      body: { live: true, ready: false },
    });
  });

  test("and a token that can be guessed is refused", () => {
    for (const short of ["", "secret"])
      expect(() => healthListener({ health: () => health }, { token: short })).toThrow(/healthListener/);
  });
});
