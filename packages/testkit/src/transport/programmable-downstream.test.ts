import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ProgrammableDownstream, programmableDownstream } from "./programmable-downstream.ts";

let downstream: ProgrammableDownstream;
beforeEach(async () => {
  downstream = await programmableDownstream();
});
afterEach(() => downstream.close());

function envelope(orderId: string, revision: string, total = "1") {
  return { deliveryId: `${orderId}@${revision}`, revision, operation: "upsert", key: { orderId }, body: { total } };
}

async function send(content: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await fetch(`${downstream.url}/crm`, { method: "POST", body: JSON.stringify(content) });
  return { status: answer.status, body: await answer.json() };
}

describe("a programmable downstream", () => {
  it("keeps what it accepted by key, with every delivery's id, and counts steps back", async () => {
    await send([envelope("1", "5"), envelope("2", "6")]);
    await send(envelope("1", "7", "2"));
    await send(envelope("1", "6", "stale"));
    expect(downstream.books.of("/crm", { orderId: "1" })).toMatchObject({
      body: { total: "stale" },
      deliveryIds: ["1@5", "1@7", "1@6"],
      regressions: 1,
    });
    expect(downstream.books.of("/crm", { orderId: "2" })).toMatchObject({ revision: "6", regressions: 0 });
    expect(downstream.books.of("/elsewhere", { orderId: "1" })).toBeUndefined();
  });

  it("keeps nothing of what it refuses, and of a list only what it takes", async () => {
    downstream.next({ act: "refuse", kind: "rejected" }, { act: "refuse-items", indices: [0] });
    expect(await send(envelope("1", "1"))).toMatchObject({ status: 422 });
    const answer = await send([envelope("2", "2"), envelope("3", "3")]);
    expect(answer).toMatchObject({ status: 200, body: { errors: [{ index: 0 }] } });
    expect(downstream.books.all().map(({ key }) => key)).toEqual([{ orderId: "3" }]);
  });

  it("takes a call twice, or takes it and drops the connection, when it is told so", async () => {
    downstream.next({ act: "accept", times: 2 }, { act: "cut", when: "before-answering", keep: true });
    await send(envelope("1", "1"));
    await expect(send(envelope("2", "2"))).rejects.toThrow();
    expect(downstream.books.of("/crm", { orderId: "1" })?.deliveryIds).toEqual(["1@1", "1@1"]);
    expect(downstream.books.of("/crm", { orderId: "2" })?.deliveryIds).toEqual(["2@2"]);
  });

  it("refuses keys for ever: a list but for them, and a call of nothing else as a whole", async () => {
    downstream.refuseKeys(({ key }) => key?.orderId === "13");
    expect(await send([envelope("12", "1"), envelope("13", "2")])).toMatchObject({ body: { errors: [{ index: 1 }] } });
    expect(await send(envelope("13", "3"))).toMatchObject({ status: 422 });
    expect(await send(envelope("14", "4"))).toMatchObject({ status: 200 });
    expect(downstream.books.of("/crm", { orderId: "13" })).toBeUndefined();
  });

  it("is at the same address after a restart, and keeps its books", async () => {
    await send(envelope("1", "1"));
    await downstream.stop();
    await expect(send(envelope("1", "2"))).rejects.toThrow();
    await downstream.start();
    await send(envelope("1", "3"));
    expect(downstream.books.of("/crm", { orderId: "1" })?.deliveryIds).toEqual(["1@1", "1@3"]);
  });
});
