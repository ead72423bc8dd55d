import type { HealthProblem, KeyReport, Preview, ShadowReport } from "@syncline/core";
import type { DeadLetterCause as Cause, DeadLetter } from "@syncline/core/spi";
import { stubPipeline } from "./stub-pipeline.ts";

/** Names, keys and messages as somebody hostile would choose them. */
export const hostile = {
  key: '{"orderId":"<img src=x onerror=alert(1)>\u202e"}',
  message: "<script>alert('from a downstream')</script>",
  /** Nowhere to break the line. */
  long: "w".repeat(400),
  code: 'http."><svg/onload=alert(2)>',
};

const downstreams = ["crm", "search", "warehouse", "billing", "ledger"];
const categories = ["order", "customer", "product", "invoice"];
const many = 500;

function nameOf(at: number): string {
  return `${downstreams[at % 5]}-${categories[at % 4]}s${at < 20 ? "" : `-${String(at).padStart(3, "0")}`}`;
}

const names = Array.from({ length: many }, (_, at) => nameOf(at));
const [first = "", second = "", third = "", fourth = ""] = names;

/** A shop on a bad day: 500 strategies, three of them in trouble, and 10,000 dead letters. */
export function busyShop(now: () => number) {
  const causes: Cause[] = [
    cause(second, "rejected", "http.422", 9_120, 'The field "vatNumber" is required for customers in the EU.', 0),
    cause(third, "transient", "http.500", 871, "The downstream answered 500 twelve times.", 0),
    cause(third, "transient", "net.timeout", 6, "No answer within 10,000 ms; it may have been acted upon.", 6),
    cause(fourth, "rejected", hostile.code, 3, hostile.message, 0),
  ];
  function cause(strategy: string, kind: string, code: string, count: number, message: string, held: number): Cause {
    const died = { oldestDiedAt: now() - 5 * 3_600_000, newestDiedAt: now() - 40_000 };
    return { strategy, kind, code, message, count, held, ...died };
  }
  const problems: HealthProblem[] = [
    problem(`strategy ${first}`, "net.refused", "Nothing listens at crm.example.com:443."),
    problem("downstream ledger", "http.401", "The downstream refuses the credentials: the token has expired."),
  ];
  function problem(part: string, code: string, message: string): HealthProblem {
    const severity = code === "net.refused" ? "warn" : "error";
    return { part, severity, since: new Date(now() - 14 * 60_000).toISOString(), code, message };
  }
  const wave = (at: number, size: number) =>
    Math.max(0, Math.sin(now() / 400_000 + at) + Math.sin(now() / 90_000 + 3 * at)) * size;
  const stub = stubPipeline({
    strategies: async () =>
      names.map((name, at) => ({
        name,
        category: categories[at % 4] ?? "",
        downstream: downstreams[at % 5] ?? "",
        mode: at === 5 ? "shadow" : "live",
        ...(at === 5 ? { shadowOf: first } : {}),
      })),
    status: async () => ({
      changes: 1_204,
      oldestChangeAgeMs: 800,
      refused: 2,
      strategies: names.slice(0, 80).map((strategy, at) => ({
        strategy,
        due: at === 0 ? 998_140 : Math.round(wave(at, 40)),
        blocked: 0,
        waiting: Math.round(wave(at, 9)),
        leased: at === 0 ? 0 : Math.round(wave(at, 5)),
        dead: causes
          .filter((each) => each.strategy === strategy)
          .reduce((all, each) => all + each.count - each.held, 0),
        held: causes.filter((each) => each.strategy === strategy).reduce((all, each) => all + each.held, 0),
        oldestAgeMs: at === 0 ? now() % 840_000 : Math.round(wave(at, 2_000)),
        paused: at === 7,
      })),
    }),
    health: () => ({ live: true, ready: true, problems }),
    lanes: () =>
      names.map((strategy, at) => ({
        strategy,
        category: categories[at % 4] ?? "",
        downstream: downstreams[at % 5] ?? "",
        circuit: at === 0 ? "half-open" : at % 5 === 4 && at < 30 ? "open" : "closed",
        reading: at === 1 ? 200 : 0,
        ready: at === 1 ? 40 : 0,
        sending: at < 9 && at % 5 !== 4 ? 3 : 0,
        calls: at < 9 && at % 5 !== 4 ? 3 : 0,
        ...(at === 11 ? { opensAt: now() + 5 * 3_600_000 } : {}),
      })),
    explain: async () => report(),
    preview: async () => preview(),
    shadow: async () => shadowReport(now()),
    deadLetters: {
      causes: async () => causes,
      list: async (query = {}) => ({ items: lettersOf(causes, query.code, query.strategy, now()), next: "51" }),
      requeue: async (selection, by) => {
        stub.done.push(["requeue", selection, by]);
        return 9_120;
      },
      discard: async () => 1,
    },
    audit: {
      list: async () => ({
        items: [
          entry(
            "3",
            "requeue",
            "ada",
            second,
            '{"strategy":"search-customers","code":"http.422"}',
            880,
            "The field is optional again since 14:05.",
          ),
          entry("2", "pause", "bob", first, "{}", null, "CRM is moved to its new host tonight."),
          entry("1", "discard", "ada", fourth, '{"ids":["17","18"]}', 2, hostile.message),
        ],
        next: undefined,
      }),
    },
    container: {
      get: () => new Map(categories.map((name) => [name, { name, fields: { [`${name}Id`]: "bigint" } }])),
    } as never,
  });
  function entry(
    id: string,
    action: string,
    actor: string,
    strategy: string,
    selection: string,
    count: number | null,
    reason: string,
  ) {
    return { id, action, actor, strategy, selection, count, reason, at: now() - Number(id) * 60_000 };
  }
  const deliver = () => {
    names.slice(1, 80).forEach((strategy, at) => {
      stub.emit("delivered", { strategy, items: Array(Math.round(wave(at, 60))).fill({}) });
      if (at % 9 === 1) stub.emit("retried", { strategy, failure: { code: "http.500", message: "" } });
    });
  };
  return { ...stub, deliver, names };
}

function lettersOf(
  causes: readonly Cause[],
  code: string | undefined,
  strategy: string | undefined,
  now: number,
): readonly DeadLetter[] {
  const chosen = causes.find((each) => each.code === code && each.strategy === strategy) ?? causes[0];
  return Array.from({ length: 50 }, (_, at) => ({
    id: String(at + 1),
    strategy: chosen?.strategy ?? "",
    key: at === 0 ? hostile.key : `{"customerId":"${4_711 + at}"}`,
    state: (chosen?.held ?? 0) > 0 ? "held" : "dead",
    operation: "upsert",
    attempts: 12,
    epoch: 0,
    failure: { kind: chosen?.kind ?? "", code: chosen?.code ?? "", message: chosen?.message ?? "" },
    diedAt: now - at * 1_000,
  }));
}

function report(): KeyReport {
  const delivery = { id: "90211", leased: false, operation: "upsert", ageMs: 840_000 } as const;
  const failure = { kind: "rejected", code: "http.422", message: `${hostile.message} ${hostile.long}` };
  return {
    category: "customer",
    key: hostile.key,
    changes: [{ strategy: null, ageMs: 400 }],
    refused: [{ reason: 'The field "customerId" is missing.', ageMs: 90_000 }],
    isCut: false,
    strategies: [
      {
        strategy: second,
        condition: "sound",
        problems: [],
        paused: false,
        deliveries: [{ ...delivery, strategy: second, state: "dead", dueInMs: 0, attempts: 12, failure }],
      },
      {
        strategy: first,
        condition: "sound",
        problems: [],
        paused: true,
        deliveries: [
          {
            ...delivery,
            strategy: first,
            state: "waiting",
            dueInMs: 42_000,
            attempts: 3,
            failure: { ...failure, code: "net.refused", kind: "unavailable", message: "Nothing listens." },
          },
        ],
      },
      { strategy: third, condition: "sound", problems: [], paused: false, deliveries: [] },
      { strategy: "old-search", condition: "unknown", problems: [], paused: false, deliveries: [] },
    ],
  };
}

function preview(): Preview {
  const row = { id: "4711", email: "<b>a@example.com</b>", total: "12.50" };
  return {
    statements: [
      {
        text: 'SELECT k.ord, q.*\n  FROM jsonb_to_recordset($1) AS k(ord int, "customerId" bigint)\n  CROSS JOIN LATERAL (SELECT …) q',
        parameters: ['[{"ord":0,"customerId":"4711"}]'],
      },
    ],
    forms: { one: ["joined"], hundred: ["joined"] },
    rows: [row],
    operation: "upsert",
    call: undefined,
    request: {
      method: "PUT",
      url: "https://search.example.com/customers/4711",
      headers: { "content-type": "application/json" },
      body: row,
    },
  };
}

function shadowReport(now: number): ShadowReport {
  const sent = (total: string) =>
    ({ at: now, operation: "upsert", body: { id: "4711", total }, request: undefined }) as const;
  return {
    strategy: names[5] ?? "",
    shadowOf: names[0],
    counts: { upserts: 120, deletes: 3 } as never,
    sample: [
      { key: '{"customerId":"4711"}', shadow: sent("12.50"), live: sent("12.5"), isSame: false },
      { key: hostile.key, shadow: sent("7"), live: sent("7"), isSame: true },
      { key: '{"customerId":"4712"}', shadow: sent("7"), live: undefined, isSame: undefined },
    ],
  };
}
