import { memoryDatabase } from "@syncline/testkit";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { SyncCall } from "../contracts/sync-invoker.ts";
import { adaptiveSchedule } from "../engine/poll/poll-schedule.ts";
import { category } from "../model/category.ts";
import type { Outcome } from "../model/outcome.ts";
import { strategy } from "../model/strategy-in-code.ts";
import { createPipeline } from "./create-pipeline.ts";

const person = category("person", { email: "string" });
const ann = "ann@example.com";

/** A downstream that rejects, and says whom; with `isAway`, one that is away, and says for whom. */
async function run(redactKeys: "hash" | "omit" | undefined, isAway = false) {
  const lines: string[] = [];
  const write = (fields: object, message: string) => void lines.push(JSON.stringify([fields, message]));
  const database = memoryDatabase();
  const rows = new Map([[ann, { email: ann, name: "Ann" }]]);
  database.store.tables.set("person", { columns: ["email", "name"], rows: rows as never, delayMs: 0 });
  const answer = ({ items: [item] }: SyncCall): Outcome => ({
    status: "failed",
    failure: {
      ...(isAway ? { kind: "unavailable", code: "http.503" } : { kind: "rejected", code: "http.422" }),
      message: `PUT /people/${encodeURIComponent(String(item?.key.email))}: ${item?.key.email} is unknown`,
      effect: "no",
    },
  });
  const pipeline = createPipeline({
    database,
    categories: [person, category("account", { id: "uuid" })],
    strategies: [
      strategy("people", {
        category: person,
        query: 'SELECT p.name AS "name" FROM person p WHERE p.email = :email',
        downstream: "crm",
        path: "/people/{email}",
        whenAbsent: "skip",
      }),
    ],
    downstreams: {
      crm: {
        specVersion: 1,
        name: "told",
        capabilities: { batch: false, perItemOutcome: false, delete: true },
        open: () => ({ invoke: async (call) => answer(call) }),
      },
    },
    schedule: adaptiveSchedule({ minMs: 5, maxMs: 20 }),
    log: { debug: write, info: write, warn: write, error: write },
    ...(redactKeys === undefined ? {} : { redactKeys }),
  });
  onTestFinished(() => pipeline.stop({ timeoutMs: 0 }));
  await pipeline.migrate();
  await pipeline.start();
  const tx = database.begin();
  await pipeline.recorder.record(tx, [person.changed({ email: ann })]);
  tx.commit();
  await vi.waitFor(() => expect(lines.join()).toContain(isAway ? "circuit opened" : "dead letter"), 30_000);
  return {
    pipeline,
    lines,
    health: JSON.stringify(pipeline.health()),
    dead: (await pipeline.deadLetters.list()).items,
  };
}

describe("where keys are not to be shown", () => {
  it.each(["hash", "omit"] as const)("%s: none is in the log, nor in what a dead letter says", async (redactKeys) => {
    const { lines, dead } = await run(redactKeys);
    const word = redactKeys === "omit" ? "(key)" : /\(key [0-9a-f]{12}\)/;
    expect(lines.join("\n")).not.toContain("ann");
    expect(lines.join("\n")).toMatch(word);
    expect(dead[0]?.failure.message).not.toContain("ann");
    // Whoever is to mend it must know whom it is about.
    expect(dead[0]?.key).toContain(ann);
  });

  it("none is in health", async () => {
    const { health } = await run("omit", true);
    expect(health).toContain("http.503");
    expect(health).not.toContain("ann");
  });

  it("none is in the error of a change that cannot be recorded", async () => {
    const { pipeline } = await run("omit");
    const wrong = { category: "account", condition: { id: ann }, key: "{}", operation: "upsert" } as never;
    const error = await pipeline.recorder.record({} as never, [wrong]).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "change.invalid" });
    expect(String(error)).toContain("id");
    expect(`${error} ${JSON.stringify(error)}`).not.toContain("ann@");
  });

  it("and they are shown where nobody said so", async () => {
    const { lines } = await run(undefined);
    expect(lines.join("\n")).toContain(ann);
  });

  it("another word is refused", async () => {
    const made = createPipeline({
      database: memoryDatabase(),
      categories: [],
      downstreams: {},
      redactKeys: "no" as never,
    });
    await expect(made.start()).rejects.toMatchObject({ problems: [{ at: "redactKeys" }] });
  });
});
