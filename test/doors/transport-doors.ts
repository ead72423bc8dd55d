import type { Transport } from "@syncline/core/spi";
import type { Door, Misbehave } from "./door.ts";
import type { Options } from "./world.ts";

/** Both lanes' transports stay as they are but for the door's. */
function through(sound: Options, change: (transport: Transport) => Partial<Transport>): Partial<Options> {
  const own = sound.downstreams.door as Transport;
  return { downstreams: { ...sound.downstreams, door: { ...own, ...change(own) } } };
}

const accepted = async () => ({ status: "accepted" }) as const;
const failure = { kind: "transient", code: "x", message: "m", effect: "no" };
const part = "downstream door";

function atStart(member: "prepare" | "checkStrategy" | "checkOptions", rest: Partial<Door>): Door {
  const sound = member === "prepare" ? async () => [] : () => [];
  return {
    name: `transport.${member}`,
    fault: [member === "checkStrategy" ? "strategy door" : part, member],
    garbage: [null, 5, "x", {}, [null], [{}], [{ at: 1, message: 2 }]],
    options: (misbehave, options) => through(options, () => ({ [member]: misbehave(sound) })),
    ...rest,
  };
}

const onInvoker = (member: string, misbehave: Misbehave, sound: () => unknown, invoke: () => unknown = accepted) => {
  return (own: Transport): Partial<Transport> => ({
    open: (context) => ({ ...own.open(context), invoke, [member]: misbehave(sound) }) as never,
  });
};

export const transportDoors: readonly Door[] = [
  {
    name: "transport.invoke",
    fault: [part, "invoke"],
    isCall: true,
    garbage: [
      null,
      5,
      "accepted",
      {},
      [],
      { status: "partial" },
      { status: "unsendable" },
      { status: "delivered" },
      { status: "failed" },
      { status: "failed", failure: 5 },
      { status: "failed", failure: { ...failure, kind: "timeout" } },
      { status: "failed", failure: { ...failure, kind: "constructor" } },
      { status: "failed", failure: { ...failure, effect: "perhaps" } },
      { status: "partial", failures: [null] },
      { status: "partial", failures: {} },
      { status: "partial", failures: [{ index: 7, failure }] },
      { status: "partial", failures: [{ index: 0 }] },
    ],
    options: (misbehave, options) =>
      through(options, (own) => ({
        open: (context) => {
          const invoker = own.open(context);
          return { ...invoker, invoke: misbehave((call, given) => invoker.invoke(call, given)) };
        },
      })),
  },
  {
    name: "transport.check",
    fault: [part, "check"],
    garbage: [null, 5, "x", [], {}, { kind: "timeout", code: "x", message: "m", effect: "no" }],
    harmless: { "returns undefined": "nothing is wrong any more", "resolves late": "soon enough after its signal" },
    options: (misbehave, options) => ({
      ...through(
        options,
        onInvoker(
          "check",
          misbehave,
          async () => undefined,
          async () => {
            return { status: "failed", failure: { ...failure, kind: "unavailable" } };
          },
        ),
      ),
      tuning: { ...options.tuning, breakerFailures: 1 },
    }),
  },
  {
    name: "transport.describe",
    fault: [part, "describe"],
    isSync: true,
    garbage: [null, 5, "x", []],
    options: (misbehave, options) =>
      through(
        options,
        onInvoker("describe", misbehave, () => ({})),
      ),
    use: async ({ pipeline, write }) => {
      await write();
      await pipeline.preview("door", { id: 1 }).catch(() => {});
    },
  },
  atStart("prepare", { harmless: { "resolves late": "a start waits 10 s for it" } }),
  atStart("checkOptions", { isSync: true }),
  atStart("checkStrategy", { isSync: true }),
  {
    name: "transport.open",
    fault: [part, "open"],
    isSync: true,
    garbage: [null, 5, "x", {}, []],
    options: (misbehave, options) => through(options, (own) => ({ open: misbehave((context) => own.open(context)) })),
  },
  {
    name: "transport.close",
    fault: [part, "close"],
    isShared: true,
    garbage: [null, 5, "x", {}],
    harmless: {
      "returns undefined": "it owes no answer",
      "returns garbage": "it owes no answer",
      "resolves late": "a stop waits a little longer than its limit for it",
    },
    options: (misbehave, options) =>
      through(
        options,
        onInvoker("close", misbehave, async () => {}),
      ),
    use: ({ pipeline }) => pipeline.stop({ timeoutMs: 500 }),
  },
];
