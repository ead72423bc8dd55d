import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { ServerCredentials } from "@grpc/grpc-js";
import { afterEach, expect, it } from "vitest";
import { forkTypeScript } from "../../../../tools/fork-typescript.ts";
import { grpc } from "./grpc.ts";
import { keptSessions } from "./kept-sessions.ts";
import type { GrpcOptions } from "./options.ts";
import { callOf, failureOf, folder, quiet, shopProto } from "./testing/calls.ts";
import { floods } from "./testing/hostile-frames.ts";
import { selfSigned } from "./testing/self-signed.ts";
import { shopServer } from "./testing/shop-server.ts";

const pair = { private_key: Buffer.from(selfSigned.key), cert_chain: Buffer.from(selfSigned.cert) };

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function hostile(what: string): Promise<number> {
  const child: ChildProcess = forkTypeScript(new URL("./testing/run-hostile.ts", import.meta.url), [what]);
  closing.push(() => child.kill("SIGKILL"));
  const [port] = await once(child, "message");
  return port;
}

function opening(address: string, how: Partial<GrpcOptions> = { plaintext: true }) {
  const schema = { proto: shopProto, include: [folder] };
  const invoker = grpc({ address, schema, answerBytes: 65_536, ...how }).open({
    downstream: "crm",
    log: quiet,
  });
  closing.unshift(() => invoker.close?.());
  return invoker;
}

const within = (ms: number) => ({ signal: AbortSignal.timeout(ms), deadline: Date.now() + ms, trace: {} });

for (const what of Object.keys(floods)) {
  it(`${what}: the call fails by its deadline, memory is bounded, and others deliver meanwhile`, async () => {
    const flooded = opening(`127.0.0.1:${await hostile(what)}`);
    const shop = await shopServer();
    closing.push(() => shop.stop());
    const sound = opening(shop.address);
    const before = process.memoryUsage().rss;
    let isOver = false;
    const ending = flooded.invoke(callOf([{ id: "1" }]), within(500)).finally(() => {
      isOver = true;
    });
    do {
      expect(await sound.invoke(callOf([{ id: "2" }]), within(20_000))).toEqual({ status: "accepted" });
    } while (!isOver);
    const { message, code } = failureOf(await ending);
    expect(`${code} ${message}`).toMatch(/^[\x20-\x7e]{1,400}$/);
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 2 ** 20);
  });
}

it("a connection that breaks in the middle of a header block does not abort the process", async () => {
  const client = forkTypeScript(new URL("./testing/run-broken.ts", import.meta.url), [`${await hostile("breaking")}`]);
  closing.push(() => client.kill("SIGKILL"));
  const outcomes: unknown[] = [];
  client.on("message", (outcome) => outcomes.push(outcome));
  expect(await once(client, "close")).toEqual([0, null]);
  expect(outcomes).toHaveLength(20);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ status: "failed" });
});

it.each([
  ["plain text", ServerCredentials.createInsecure(), { plaintext: true }],
  ["TLS", ServerCredentials.createSsl(null, [pair]), { tls: { ca: selfSigned.cert } }],
])("over %s a session is kept as long as its connection, and no longer", async (_, credentials, options) => {
  const shop = await shopServer(credentials);
  closing.push(() => shop.stop());
  // A connection that Node could not end, to a server that sent too large a frame, may stay for long.
  const before = keptSessions();
  const sound = opening(shop.address, options);
  expect(await sound.invoke(callOf([{ id: "1" }]), within(20_000))).toEqual({ status: "accepted" });
  expect(keptSessions()).toBeLessThanOrEqual(before + 1);
  expect(keptSessions()).toBeGreaterThan(0);
  await sound.close?.();
  await expect.poll(keptSessions, { timeout: 20_000 }).toBeLessThanOrEqual(before);
});
