import { category, strategy, TOKENS } from "@syncline/core";
import type { DatabaseContext, DatabaseSession, Outcome, SqlDialect, SyncCall } from "@syncline/core/spi";
import type { MemoryDatabase } from "@syncline/testkit";
import { waitFor } from "../harness/wait-for.ts";
import type { Member } from "./columns.ts";
import type { Door } from "./door.ts";
import { definition, item, keeping, type Options, type World } from "./world.ts";

type Part =
  | "poller"
  | "queryRunner"
  | "backlog"
  | "strategyStore"
  | "changeSignal"
  | "strandedWork"
  | "capture"
  | "sources"
  | "audit"
  | "definitions"
  | "strategyHistory"
  | "diagnosis"
  | "backfills"
  | "session";

/** What a third-party adapter may have beside what the one in memory has. */
function complete(session: DatabaseSession): DatabaseSession {
  return {
    ...session,
    poller: { ...session.poller, blockers: async () => ({ sessions: [] }) },
    queryRunner: {
      ...session.queryRunner,
      describe: async () => ({ types: [undefined], equality: {}, problems: [] }),
      estimate: async (statements) => statements.map(() => 1),
      explain: async (statements) => statements.map(() => "a plan"),
    },
    changeSignal: { listen: async () => async () => {} },
    strategyStore: { load: async () => ({ strategies: [], revision: "1" }), subscribe: () => () => {} },
    reviewRights: async () => [],
  };
}

function dispatchedByOthers(session: DatabaseSession): DatabaseSession {
  const busy = { status: "busy", taken: 0, inserted: 0, folded: 0, claims: [] } as const;
  return { ...session, poller: { ...session.poller, dispatch: async () => busy } };
}

function door(part: Part, member: string, rest: Partial<Door> & Pick<Door, "garbage">): Door {
  return {
    name: part === "session" ? `database.${member}` : `database.${part}.${member}`,
    fault: ["database", member],
    isShared: true,
    ...rest,
    options: (misbehave, sound, own) => {
      const more = rest.options?.(misbehave, sound, own) ?? {};
      const database = (more.database ?? own) as MemoryDatabase;
      const open = (context: DatabaseContext) => {
        const session = complete(database.open(context));
        const owner = (part === "session" ? session : session[part]) as unknown as Record<string, Member>;
        const wrong = { ...owner, [member]: misbehave((...given) => owner[member]?.(...given)) };
        return (part === "session" ? wrong : { ...session, [part]: wrong }) as unknown as DatabaseSession;
      };
      return { ...more, database: { ...database, open } };
    },
  };
}

const garbage = [null, 5, "x", {}, [], [null], [{}]];
const claim = { id: "1", strategy: "door", key: "{}", revision: "1", token: "x" };
const nothingOwed = {
  "returns undefined": "it owes no answer",
  "returns garbage": "it owes no answer, and whatever it answers is not looked at",
};
const table = { options: (_: unknown, __: Options) => ({ strategyTable: true }) } satisfies Partial<Door>;

/** A call that lasts, so that its lease is renewed. */
const lasting: Partial<Door> = {
  options: (_, sound) => ({
    downstreams: {
      ...sound.downstreams,
      door: keeping({
        open: () => ({
          invoke: (_call, { signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", reject)),
        }),
      }).transport,
    },
    strategies: [
      strategy("door", { ...definition, downstream: "door", timeoutMs: 10_000 }),
      ...(sound.strategies ?? []).filter(({ name }) => name !== "door"),
    ],
  }),
};

const parent = category("parent", { id: "bigint" }, { table: "item" });

/** An item waits for what it points to, and then a parent is accepted. */
const childFirst: Partial<Door> = {
  options: (_, sound) => {
    const failure = { kind: "dependency", code: "http.404", message: "no parent", effect: "no" } as const;
    const invoke = async (call: SyncCall): Promise<Outcome> =>
      call.strategy === "door" ? { status: "failed", failure } : { status: "accepted" };
    return {
      categories: [...(sound.categories ?? []), parent],
      downstreams: { ...sound.downstreams, door: keeping({ open: () => ({ invoke }) }).transport },
      strategies: [
        ...(sound.strategies ?? []),
        strategy("parents", { ...definition, category: parent, downstream: "door" }),
      ],
    };
  },
  use: async ({ pipeline, database, write }) => {
    await write();
    const waits = async () => (await pipeline.status()).strategies.some((each) => each.waiting > 0);
    await waitFor("an item to wait", waits);
    const tx = database.begin();
    await database.recorder.record(tx, [parent.changed({ id: 1 })]);
    tx.commit();
  },
};

/** Something is left of a strategy that nobody has. */
const leftBehind: Partial<Door> = {
  options: (_, __, database) => ({
    database: {
      ...database,
      open: (context) => {
        const session = database.open(context);
        const gone = { strategy: "gone", pending: 1, leased: 0, dead: 0, held: 0, oldestAgeMs: 1, key: '{"id":"1"}' };
        const strandedWork = { ...session.strandedWork, list: async () => [gone], move: async () => 0 };
        return { ...session, strandedWork } as DatabaseSession;
      },
    },
  }),
};

const operator = (use: (world: World) => Promise<unknown>): Partial<Door> => ({
  use: ({ pipeline, ...world }) => use({ pipeline, ...world }).catch(() => {}),
});

/** A database that does not answer is tried again for minutes: nobody waits for its end. */
const backfilled = operator(async ({ pipeline }) => {
  await pipeline.backfills.start("door", { keys: 'SELECT i.id AS "id" FROM item i', maxWaiting: 5 });
});

export const databaseDoors: readonly Door[] = [
  door("poller", "dispatch", {
    garbage: [...garbage, { status: "done", taken: -1, inserted: 0, folded: 0, claims: [] }],
  }),
  door("poller", "claim", {
    garbage: [null, 5, "x", {}, [null], [{}], [claim], [{ ...claim, revision: undefined }]],
    // What is dispatched is leased at once: a claim is for what comes again.
    use: ({ write }) => write(),
  }),
  door("poller", "renew", { ...lasting, garbage: [null, 5, {}, ["of another"], [1]] }),
  door("poller", "settle", { garbage: [null, 5, {}, [], ["done"], ["applied", "applied"], [null]] }),
  door("poller", "blockers", {
    garbage: [null, 5, [], {}, { sessions: [{}] }],
    options: (_, sound, database) => ({
      tuning: { ...sound.tuning, dispatchBlockedMs: 100 },
      database: { ...database, open: (context) => dispatchedByOthers(database.open(context)) },
    }),
  }),
  door("poller", "hasten", { ...childFirst, garbage: [-1, 1.5, "1", null, {}] }),
  door("queryRunner", "run", { garbage: [...garbage, [{ columns: ["id"], rows: [["1", "2"]] }]] }),
  door("queryRunner", "describe", {
    // Without it, templates are not described.
    options: (_, __, { dialect, ...database }) => ({
      database: { ...database, dialect: { ...dialect, nativeParameter: (position) => `$${position}` } },
    }),
    garbage: [...garbage, { types: 1, equality: {}, problems: [] }],
  }),
  door("queryRunner", "estimate", { garbage: [null, 5, {}, [], ["dear"], [-1, -1, -1, -1]] }),
  door("backlog", "status", {
    ...operator(({ pipeline }) => pipeline.status()),
    garbage: [...garbage, { changes: -1, strategies: [] }],
  }),
  door("backlog", "deadLetters", {
    ...operator(({ pipeline }) => pipeline.deadLetters.list()),
    garbage: [...garbage, { items: [{}] }],
  }),
  door("backlog", "causes", {
    ...operator(({ pipeline }) => pipeline.deadLetters.causes()),
    garbage: [null, 5, "x", {}, [null], [{}]],
  }),
  door("strategyHistory", "list", {
    fault: ["database", "strategyHistory"],
    ...operator(({ pipeline }) => pipeline.strategyHistory("well")),
    garbage: [null, 5, "x", {}, [null], [{}]],
  }),
  door("audit", "list", {
    fault: ["database", "audit"],
    ...operator(({ pipeline }) => pipeline.audit.list()),
    garbage: [...garbage, { items: [{}] }],
  }),
  door("backfills", "begin", { ...backfilled, garbage: [null, 5, "x", {}, []] }),
  door("backfills", "waiting", { ...backfilled, garbage: [-1, 1.5, "1", null, {}] }),
  door("backfills", "record", {
    ...backfilled,
    garbage: [null, 5, "x", [], {}, { recorded: -1, refused: 0, isLast: true }],
    senseless: {
      "never resolves": "a table may be large: the pipeline's stop ends it",
      "resolves late": "a table may be large",
      "returns undefined": "the backfill is another's, or paused",
    },
  }),
  door("backfills", "list", {
    ...operator(({ pipeline }) => pipeline.backfills.list()),
    garbage: [null, 5, "x", {}, [null], [{}]],
  }),
  door("backlog", "find", {
    ...operator(({ pipeline }) => pipeline.explain("item", { id: 1 })),
    garbage: [...garbage, { changes: [], refused: [], deliveries: [{}] }],
  }),
  door("backlog", "requeue", {
    ...operator(({ pipeline }) => pipeline.deadLetters.requeue({ ids: ["1"] })),
    garbage: [-1, 1.5, "1", null, {}],
  }),
  door("backlog", "discard", {
    ...operator(({ pipeline }) => pipeline.deadLetters.discard({ ids: ["1"] })),
    garbage: [-1, 1.5, "1", null, {}],
  }),
  door("backlog", "backfill", {
    ...operator(({ pipeline }) => pipeline.backfill("door", { conditions: [{ id: 1 }] })),
    garbage: [-1, 1.5, "1", null, {}],
    senseless: {
      "never resolves": "a backfill may take an hour: its own time limit ends it",
      "resolves late": "a backfill may take an hour",
    },
  }),
  door("backlog", "pause", { ...operator(({ pipeline }) => pipeline.pause("well")), garbage, harmless: nothingOwed }),
  door("backlog", "resume", { ...operator(({ pipeline }) => pipeline.resume("well")), garbage, harmless: nothingOwed }),
  door("backlog", "readmit", { garbage: [-1, 1.5, "1", null, {}] }),
  door("strandedWork", "attend", { garbage: [null, 5, "x", {}, [1], [null]] }),
  door("strandedWork", "list", { garbage: [null, 5, "x", {}, [1], [{}]] }),
  door("strandedWork", "move", {
    ...leftBehind,
    ...operator(({ pipeline }) => pipeline.stranded.move("gone", { to: "well" })),
    garbage: [-1, 1.5, "1", null, {}],
  }),
  door("strandedWork", "discard", {
    ...leftBehind,
    ...operator(({ pipeline }) => pipeline.stranded.discard("gone")),
    garbage: [-1, 1.5, "1", null, {}],
  }),
  ...(["install", "show", "remove"] as const).map((member) =>
    door("capture", member, {
      ...operator(({ pipeline }) => pipeline.capture[member](item.name, { table: "door" })),
      garbage: [...garbage, { category: "x", table: "x", state: "fine" }],
      senseless: {
        "never resolves": "it may wait for locks: its own time limit ends it",
        "resolves late": "it may wait for locks",
      },
    }),
  ),
  door("sources", "check", { garbage: [null, 5, "x", {}, [null], [{ at: "x" }]] }),
  door("sources", "keys", {
    ...operator(({ pipeline }) => pipeline.backfill("door")),
    garbage: [null, 5, "", {}, []],
  }),
  door("definitions", "categories", {
    options: () => ({ categoryTable: true }),
    garbage: [...garbage, { categories: [], revision: 1 }],
  }),
  door("definitions", "list", {
    ...operator(({ pipeline }) => pipeline.definitions.list()),
    garbage: [...garbage, { rows: [{}], revision: "1" }],
  }),
  door("definitions", "edit", {
    ...operator(({ pipeline }) => pipeline.definitions.apply([{ kind: "category", name: "none", remove: true }], "0")),
    garbage: [null, 5, "x", {}, []],
  }),
  door("strategyStore", "load", { ...table, garbage: [...garbage, { strategies: [], revision: 1 }] }),
  door("strategyStore", "subscribe", { ...table, isSync: true, garbage: [null, 5, {}, []] }),
  door("changeSignal", "listen", { garbage: [null, 5, {}, []] }),
  door("session", "reviewRights", {
    ...operator(({ pipeline }) => pipeline.reviewRights()),
    garbage: [null, 5, {}, [{}]],
  }),
  door("diagnosis", "examine", {
    ...operator(({ pipeline }) => pipeline.diagnose()),
    garbage: [null, 5, "x", {}, [], [{}], [{ check: "a", level: "well", at: "b", message: "c" }]],
  }),
  door("session", "checkSchema", {
    garbage: [5, {}, [], "", null],
    harmless: { "returns undefined": "the tables are there" },
  }),
  door("queryRunner", "explain", {
    ...operator(
      async ({ pipeline }) =>
        await pipeline.container
          .get(TOKENS.QueryRunner)
          .explain?.([{ text: "SELECT", parameters: [] }], new AbortController().signal),
    ),
    garbage: [null, 5, "x", {}, [], [1]],
  }),
  door("session", "pendingMigrations", {
    ...operator(
      async ({ pipeline }) =>
        await pipeline.container.get(TOKENS.DatabaseSession).pendingMigrations?.(new AbortController().signal),
    ),
    garbage: [...garbage, { migrations: [{ name: "a", statements: [1] }], terminator: ";" }],
  }),
  door("session", "migrate", {
    ...operator(({ pipeline }) => pipeline.migrate()),
    garbage: [...garbage, { applied: [1] }],
    senseless: {
      "never resolves": "a migration may take minutes: its own time limit ends it",
      "resolves late": "a migration may take minutes",
    },
  }),
  door("session", "close", {
    ...operator(({ pipeline }) => pipeline.stop({ timeoutMs: 500 })),
    garbage,
    harmless: nothingOwed,
  }),
  {
    name: "database.recorder.record",
    fault: ["database", "record"],
    garbage,
    isShared: true,
    options: (misbehave, _, database) => ({
      database: {
        ...database,
        recorder: { record: misbehave((tx, changes) => database.recorder.record(tx, changes)) },
      },
    }),
    use: async ({ pipeline, database }) => {
      const tx = database.begin();
      await pipeline.recorder.record(tx, [item.changed({ id: 1 })]);
      tx.commit();
    },
    senseless: {
      "throws at once": "the application made the call: it gets the error, whatever it is",
      rejects: "the application made the call: it gets the error, whatever it is",
      "never resolves": "it waits for the caller's own transaction, which the caller ends",
      "resolves late": "it waits for the caller's own transaction",
    },
    harmless: { ...nothingOwed },
  },
  {
    name: "database.open",
    fault: ["database", "open"],
    garbage: [null, 5, "x", {}, []],
    isShared: true,
    isSync: true,
    options: (misbehave, _, database) => ({
      database: { ...database, open: misbehave((context) => database.open(context)) },
    }),
  },
  ...dialectDoors(["joinLateral", "bindKeys"], "joined"),
  ...dialectDoors(["attest", "parameter", "bind"], "each"),
];

function dialectDoors(members: readonly (keyof SqlDialect)[], compose: "joined" | "each"): readonly Door[] {
  return members.map((member) => ({
    name: `database.dialect.${member}`,
    fault: ["database", member],
    garbage: [null, 5, {}, []],
    isShared: true,
    isSync: true,
    options: (misbehave, _, database) => {
      const { attestOne: __, ...dialect } = database.dialect;
      const sound = dialect[member as "attest"] as Member;
      const wrong = { ...dialect, [member]: misbehave((...given) => sound.apply(dialect, given)) };
      return {
        database: { ...database, dialect: wrong },
        strategies: [strategy("door", { ...definition, downstream: "door", compose })],
      };
    },
    // A value to bind may be anything that is there.
    ...(member === "bind" ? { harmless: { "returns garbage": "a driver's values are its own" } } : {}),
  }));
}
