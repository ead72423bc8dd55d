import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { given, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";

eachEngine("a call's signal", ({ downstream, answering, server }) => {
  async function leftAfter(invoke: () => Promise<unknown>, signal: AbortSignal) {
    await invoke();
    return getEventListeners(signal, "abort").length;
  }

  it.each([200, 204, 404, 503])("is left without a listener by an answer of %i", async (status) => {
    answering(status);
    const { context } = given();
    expect(await leftAfter(() => downstream().invoke(upsert(), context), context.signal)).toBe(0);
  });

  it("is left without a listener where no answer comes", async () => {
    server().script = (_request, _answer, incoming) => incoming.socket.destroy();
    const { context } = given();
    expect(await leftAfter(() => downstream().invoke(upsert(), context), context.signal)).toBe(0);
  });

  it("is left without a listener by an answer whose body goes on and on", async () => {
    server().script = (_request, answer) => answer.write("x".repeat(1000));
    const { context } = given();
    const invoker = downstream({ answerBytes: 10 });
    expect(await leftAfter(() => invoker.invoke(upsert(), context), context.signal)).toBe(0);
  });
});
