import { describe, expect, it, vi } from "vitest";
import type { InvokeContext } from "../contracts/sync-invoker.ts";
import { type Abortable, CallContext, isAborted, offAbort, onAbort, signalOf } from "./call-context.ts";

const listening = () => ({ handleEvent: vi.fn() });

describe("a call's context", () => {
  it("has one signal, which fires once with the reason", () => {
    const context = new CallContext(1, {});
    const { signal } = context;
    expect(context.signal).toBe(signal);
    expect(signal.aborted).toBe(false);
    context.abort("deadline");
    context.abort("stopped");
    expect(signal).toMatchObject({ aborted: true, reason: { message: "deadline" } });
  });

  it("has a signal that has fired, where it is asked for late", () => {
    const context = new CallContext(1, {});
    context.abort("stopped");
    expect(context.signal).toMatchObject({ aborted: true, reason: { message: "stopped" } });
  });

  it("makes no signal unless it is asked for it", () => {
    const made = vi.spyOn(globalThis, "AbortController");
    const context = new CallContext(1, {});
    const listener = listening();
    onAbort(context, listener);
    expect(isAborted(context)).toBe(false);
    context.abort("stopped");
    expect(isAborted(context)).toBe(true);
    expect(listener.handleEvent).toHaveBeenCalledTimes(1);
    offAbort(context, listener);
    expect(made).not.toHaveBeenCalled();
    made.mockRestore();
  });

  it.each<[string, (context: InvokeContext) => InvokeContext]>([
    ["spread", (context) => ({ ...context, trace: {} })],
    ["inherited from", (context) => Object.create(context)],
    ["behind a proxy", (context) => new Proxy(context, {})],
  ])("has its signal where it is %s", (_, wrapped) => {
    const context = new CallContext(1, {});
    const given = wrapped(context);
    expect(given).toMatchObject({ deadline: 1, trace: {} });
    const listener = listening();
    onAbort(given, listener);
    context.abort("stopped");
    expect(given.signal.aborted).toBe(true);
    expect(isAborted(given)).toBe(true);
    expect(listener.handleEvent).toHaveBeenCalledTimes(1);
  });

  it.each<[string, (context: InvokeContext, signal: AbortSignal) => InvokeContext]>([
    ["spread", (context, signal) => ({ ...context, signal })],
    ["inherited from", (context, signal) => Object.create(context, { signal: { value: signal } })],
    [
      "behind a proxy",
      (context, signal) =>
        new Proxy(context, { get: (target, name) => (name === "signal" ? signal : Reflect.get(target, name)) }),
    ],
  ])("gives way to the signal that somebody puts in its place, %s", (_, wrapped) => {
    const controller = new AbortController();
    const given = wrapped(new CallContext(1, {}), controller.signal);
    const listener = listening();
    onAbort(given, listener);
    controller.abort();
    expect(isAborted(given)).toBe(true);
    expect(listener.handleEvent).toHaveBeenCalledTimes(1);
  });
});

describe.each<[string, () => { readonly given: Abortable; readonly abort: () => void }]>([
  [
    "a signal",
    () => {
      const controller = new AbortController();
      return { given: controller.signal, abort: () => controller.abort() };
    },
  ],
  [
    "a context of somebody's own",
    () => {
      const controller = new AbortController();
      const given = { signal: controller.signal, deadline: 1, trace: {} };
      return { given, abort: () => controller.abort() };
    },
  ],
  [
    "a context of core's",
    () => {
      const given = new CallContext(1, {});
      return { given, abort: () => given.abort("stopped") };
    },
  ],
])("%s", (_, make) => {
  it("tells all who listen, and nobody who has left", () => {
    const { given, abort } = make();
    const [left, stays, added] = [listening(), listening(), listening()];
    onAbort(given, left);
    onAbort(given, stays);
    offAbort(given, left);
    onAbort(given, added);
    expect(isAborted(given)).toBe(false);
    abort();
    expect(isAborted(given)).toBe(true);
    expect(signalOf(given).aborted).toBe(true);
    const calls = [left, stays, added].map(({ handleEvent }) => handleEvent.mock.calls.length);
    expect(calls).toEqual([0, 1, 1]);
  });

  it("does not tell who comes too late", () => {
    const { given, abort } = make();
    abort();
    const late = listening();
    onAbort(given, late);
    abort();
    expect(late.handleEvent).not.toHaveBeenCalled();
  });
});
