import { describe, expect, it } from "vitest";
import { checkHistory } from "./check-history.ts";
import type { Arrival, ArrivedItem, History, StrategyFacts, ViolationKind } from "./observation.ts";
import { tellKey } from "./tell-key.ts";

const key = '{"id":1}';
const other = '{"id":2}';

const strategy: StrategyFacts = {
  name: "plain",
  category: "order",
  strict: false,
  idempotent: true,
  whenAbsent: "delete",
  maxAttempts: 3,
};

const item: ArrivedItem = {
  deliveryId: "d1",
  revision: "1",
  operation: "upsert",
  key,
  content: "one",
  stamps: ["s1"],
  answer: "accepted",
};

const call = (at: number, of: Partial<ArrivedItem> = {}, ended: Partial<Arrival> = {}): Arrival => ({
  at,
  endedAt: at + 5,
  abandoned: false,
  strategy: "plain",
  items: [{ ...item, ...of }],
  ...ended,
});

/** One change that was sent, accepted and is what the source has. */
const kept: History = {
  strategies: [strategy],
  changes: [{ at: 10, category: "order", key, stamp: "s1" }],
  arrivals: [call(20)],
  deadLetters: [],
  samples: [{ at: 15, strategy: "plain", deliveries: 1, changedKeys: 1 }],
  source: [{ strategy: "plain", key, content: "one" }],
  overruns: [],
  hangUps: [],
  lapses: 0,
  severed: 0,
  unrest: undefined,
};

const second = { deliveryId: "d2", revision: "2", content: "two" };
const of = (facts: Partial<StrategyFacts>) => [{ ...strategy, ...facts }];
const dead = (state: "dead" | "held", code: string) => [{ strategy: "plain", key, state, code }];

const broken: readonly (readonly [ViolationKind, string, Partial<History>])[] = [
  ["not-equal", "the last accepted state is an older one", { source: [{ strategy: "plain", key, content: "two" }] }],
  ["not-delivered", "nothing was accepted after the change", { arrivals: [call(5)] }],
  ["not-delivered", "a change was never sent", { arrivals: [], source: [] }],
  [
    "not-delivered",
    "what is absent left no dead letter",
    { strategies: of({ whenAbsent: "dead" }), source: [{ strategy: "plain", key, content: null }] },
  ],
  ["never-recorded", "a key came that nobody recorded", { arrivals: [call(20), call(30, { key: other })] }],
  ["rolled-back", "a mark came that no committed transaction left", { arrivals: [call(20, { stamps: ["s1", "s0"] })] }],
  [
    "backwards",
    "a lower revision was accepted after a higher one",
    { arrivals: [call(20, second), call(30)], source: [] },
  ],
  [
    "id-reused",
    "one id came with two contents",
    { arrivals: [call(20, { content: "zero", revision: "0" }), call(30)] },
  ],
  [
    "id-changed",
    "one content at one revision came with two ids",
    { arrivals: [call(20, { deliveryId: "d0" }), call(30)] },
  ],
  ["overlap", "a call came while another was open", { arrivals: [call(20, {}, { endedAt: 40 }), call(30)] }],
  [
    "strict-incomplete",
    "two changes of a strict strategy came as one",
    { strategies: of({ strict: true }), changes: [{ at: 9, category: "order", key, stamp: "s0" }, ...kept.changes] },
  ],
  [
    "sent-again",
    "what was accepted came again, where that harms",
    { strategies: of({ idempotent: false }), arrivals: [call(20), call(30)] },
  ],
  [
    "sent-again",
    "what may have landed came again, where that harms",
    { strategies: of({ idempotent: false }), arrivals: [call(20, { answer: "unclear" }), call(30)] },
  ],
  [
    "unjustified-dead-letter",
    "two of three attempts were used",
    {
      arrivals: [call(20, { answer: "failed" }), call(30, { answer: "failed" })],
      deadLetters: dead("dead", "http.500"),
    },
  ],
  ["unjustified-dead-letter", "an idempotent item is held", { deadLetters: dead("held", "http.timeout") }],
  [
    "unjustified-dead-letter",
    "no lease can have lapsed",
    { strategies: of({ idempotent: false }), deadLetters: dead("held", "lease.lapsed") },
  ],
  ["backlog", "more deliveries than keys", { samples: [{ at: 15, strategy: "plain", deliveries: 2, changedKeys: 1 }] }],
  ["no-rest", "something still moved", { unrest: "1 delivery is leased again and again" }],
];

describe("the checker of histories", () => {
  it("finds nothing in a history that keeps every promise", () => {
    expect(checkHistory(kept)).toEqual([]);
  });

  it.each(broken)("finds %s: %s", (kind, _, change) => {
    expect(checkHistory({ ...kept, ...change }).map((each) => each.kind)).toEqual([kind]);
  });

  it.each([
    [
      "a frozen worker may outlive its lease",
      { arrivals: [call(20, second), call(30)], overruns: [{ from: 0, to: 50 }] },
    ],
    [
      "attempts were used up",
      { arrivals: [20, 30, 40].map((at) => call(at, { answer: "failed" })), deadLetters: dead("dead", "http.500") },
    ],
    [
      "lapsed leases count as attempts",
      { arrivals: [call(20, { answer: "failed" })], deadLetters: dead("dead", "lease.lapsed"), lapses: 2 },
    ],
    ["a rejection is an end", { arrivals: [call(20, { answer: "rejected" })], deadLetters: dead("dead", "http.422") }],
    [
      "what was sent before the rejection may be read after it",
      {
        arrivals: [call(30, { answer: "rejected" }), call(20, { answer: "unclear" })],
        deadLetters: dead("dead", "http.422"),
      },
    ],
    [
      "a call that nobody saw was cut",
      { strategies: of({ idempotent: false }), arrivals: [], deadLetters: dead("held", "http.reset"), severed: 1 },
    ],
  ] satisfies [string, Partial<History>][])("excuses what may be: %s", (_, change) => {
    const excused = checkHistory({ ...kept, source: [], ...change });
    expect(excused).toEqual([]);
  });

  it("tells a key's life in the order in which it happened", () => {
    expect(tellKey(kept, "plain", key)).toEqual([
      "10 recorded s1",
      "20 revision 1 upsert one as d1: accepted, ended 25",
      "in the end: dead letter none, source one",
    ]);
    expect(tellKey(kept, "plain", other)).toEqual([]);
  });
});
