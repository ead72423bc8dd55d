import assert from "node:assert/strict";
import { runCheck, type TransportFixture, transportChecks } from "@syncline/testkit";
import { describe, expect, it } from "vitest";
import { InboxServer } from "./testing/inbox-server.ts";
import { healthy, type Mutant, mutants } from "./testing/mutants.ts";

const list = transportChecks(["batch", "perItemOutcome", "delete"]).flatMap((group) => group.checks);
const checks = new Map(list.map((check) => [check.name, check]));

async function fixture(create: Mutant["create"]): Promise<TransportFixture> {
  const downstream = new InboxServer();
  await downstream.start();
  const secret = "conformance-s3cret/+~token";
  const options = { document: "body", stamp: { deliveryId: "delivery_id", revision: "revision" } };
  const items = { path: "failures", index: "index", code: "code", kind: "rejected" };
  return {
    transport: create({ address: downstream.address, secret }),
    downstream,
    secret,
    single: { path: "inbox.v1.Inbox/Put", options },
    batch: { path: "inbox.v1.Inbox/PutAll", options: { ...options, list: "items", answer: { items } } },
    close: () => downstream.stop(),
  };
}

function checkNamed(name: string) {
  const check = checks.get(name);
  assert.ok(check, `there is no check "${name}"`);
  return check;
}

describe("mutants of the transport conformance: caught, by the check meant for it, is one that", () => {
  it.each(mutants)("$name", async ({ create, caughtBy }) => {
    await expect(runCheck(checkNamed(caughtBy), () => fixture(create))).rejects.toThrow(assert.AssertionError);
  });
});

describe("what the mutants are made of is healthy, and passes", () => {
  it.each([...new Set(mutants.map(({ caughtBy }) => caughtBy))])("%s", async (name) => {
    await runCheck(checkNamed(name), () => fixture(healthy));
  });
});
