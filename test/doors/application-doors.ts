import { strategy, TOKENS } from "@syncline/core";
import { ContainerModule } from "inversify";
import type { Door } from "./door.ts";
import { definition, type Options } from "./world.ts";

const circular: { self?: unknown } = {};
circular.self = circular;

const hostile = {
  toJSON: () => {
    throw new Error("a door");
  },
};

const nobodyWaits = "nobody waits for it";

function withMap(sound: Options, map: never): Partial<Options> {
  const others = (sound.strategies ?? []).filter(({ name }) => name !== "door");
  return { strategies: [strategy("door", { ...definition, downstream: "door", map }), ...others] };
}

export const applicationDoors: readonly Door[] = [
  {
    name: "schedule.next",
    fault: ["schedule", "next"],
    isSync: true,
    garbage: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 2 ** 31, 1e12, "10", null, {}, 10n],
    options: (misbehave, { schedule }) => ({ schedule: { next: misbehave((round) => schedule?.next(round)) } }),
  },
  {
    name: "trace",
    fault: ["trace", "trace"],
    isSync: true,
    garbage: [null, 5, "x", [], { traceparent: 1 }, { a: "x\r\ny" }, { "a\nb": "x" }, new Map(), { "": "x" }],
    options: (misbehave) => ({ trace: misbehave(() => ({})) }),
  },
  {
    name: "observer.calling",
    fault: ["observer", "calling"],
    isSync: true,
    garbage: [null, 5, "x", [], {}, { ended: 1 }, { ended: () => {}, headers: { a: "x\r\ny" } }],
    harmless: { "returns undefined": "it need not hear of the end" },
    options: () => ({}),
    use: ({ pipeline, misbehave, write }) => {
      pipeline.observe({ calling: misbehave(() => undefined) as never });
      return write();
    },
  },
  {
    name: "strategy.map",
    fault: ["strategy door", "map"],
    isSync: true,
    garbage: [10n, Symbol("x"), () => {}, circular, hostile, { deep: hostile }, new Map([["id", 1]])],
    options: (misbehave, sound) => withMap(sound, misbehave((row) => row) as never),
  },
  {
    name: "log",
    fault: ["log", "info"],
    garbage: [null, 5, "x", {}, []],
    harmless: {
      "never resolves": nobodyWaits,
      "resolves late": nobodyWaits,
      "returns undefined": "it owes no answer",
      "returns garbage": "it owes no answer",
    },
    options: (misbehave, { log }) => ({
      log: { ...log, info: misbehave((fields, message) => log?.info(fields, message)) } as never,
    }),
  },
  {
    name: "listener",
    fault: ["listener delivered", "listener"],
    garbage: [null, 5, "x", {}, []],
    harmless: {
      "never resolves": nobodyWaits,
      "resolves late": nobodyWaits,
      "returns undefined": "it owes no answer",
      "returns garbage": "it owes no answer",
    },
    options: () => ({}),
    use: ({ pipeline, misbehave, write }) => {
      pipeline.on(
        "delivered",
        misbehave(() => {}),
      );
      return write();
    },
  },
  {
    name: "plugin.module",
    fault: ["plugin", "module"],
    isShared: true,
    isSync: true,
    garbage: [5, "x", {}, null],
    harmless: { "returns undefined": "it owes no answer", "returns garbage": "it owes no answer" },
    options: (misbehave) => ({
      plugins: [{ specVersion: 1, name: "wrong", module: new ContainerModule(misbehave(() => {})) }],
    }),
  },
  {
    name: "plugin.onActivation",
    fault: ["plugin", "onActivation"],
    isShared: true,
    isSync: true,
    garbage: [null, 5, "x", {}, []],
    options: (misbehave) => {
      const wrap = misbehave((_context, part) => part);
      const module = new ContainerModule(({ onActivation }) => onActivation(TOKENS.Poller, wrap));
      return { plugins: [{ specVersion: 1, name: "wrong", module }] };
    },
  },
];
