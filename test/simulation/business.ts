import { type Change, canonicalCondition } from "@syncline/core/spi";
import { type MemoryDatabase, type MemoryStore, type MemoryTransaction, memoryDatabase } from "@syncline/testkit";
import type { Random } from "../../packages/testkit/src/history/random.ts";
import { item, part, unreadable, type View } from "./strategies.ts";
import type { Trace } from "./trace.ts";

export interface BusinessParts {
  readonly store: MemoryStore;
  readonly random: Random;
  readonly trace: Trace;
  readonly keys: number;
  readonly hasParts: boolean;
}

/** The application beside the engine: it writes rows, and records where. Knows every state that a key ever had. */
export class Business {
  readonly #parts: BusinessParts;
  readonly #database: MemoryDatabase;
  /** By view and key: all committed states as JSON text, oldest first. */
  readonly #states = new Map<string, string[]>();
  #written = 0;

  constructor(parts: BusinessParts) {
    this.#parts = parts;
    this.#database = memoryDatabase({ store: parts.store });
    for (const [table, columns] of tables) parts.store.tables.set(table, { columns, rows: new Map(), delayMs: 0 });
  }

  /** Rows written and changes recorded: how to commit or roll back. */
  async write(): Promise<{ commit(): void; rollback(): void }> {
    const { random, trace } = this.#parts;
    const tx = this.#database.begin();
    const touched: string[] = [];
    for (let count = random.pick([1, 1, 2, 3]); count > 0; count -= 1) {
      const change = this.#randomChange();
      touched.push(change.key);
      this.#writeRows(tx, change);
      await this.#database.recorder.record(tx, [change]);
    }
    return {
      commit: () => {
        trace.add(`commits ${touched.join(" ")}`);
        tx.commit();
      },
      rollback: () => {
        trace.add(`rolls back ${touched.join(" ")}`);
        tx.rollback();
      },
    };
  }

  /** How many states a key has had, its first absence not counted. */
  countOf(view: View, key: string): number {
    return this.#states.get(`${view} ${key}`)?.length ?? 0;
  }

  /** What it is now, as JSON text. */
  stateOf(view: View, key: string): string {
    return this.#states.get(`${view} ${key}`)?.at(-1) ?? "null";
  }

  /** Whether the key was in this state when it had had `count` states, or later. */
  wasSince(view: View, key: string, count: number, json: string): boolean {
    const states = this.#states.get(`${view} ${key}`) ?? [];
    if (count === 0) return json === "null" || states.includes(json);
    return states.lastIndexOf(json) >= count - 1;
  }

  randomChange(): Change {
    return this.#randomChange();
  }

  #randomChange(): Change {
    const { random, keys, hasParts } = this.#parts;
    const id = random.integer(1, keys);
    const category = hasParts && random.chance(0.5) ? part : item;
    const canonical = canonicalCondition(category, { id });
    if (!canonical.ok) throw new Error("The simulation's own condition does not fit");
    const { condition, key } = canonical;
    return { category: category.name, condition, key, operation: "upsert" };
  }

  #writeRows(tx: MemoryTransaction, { category, condition, key }: Change): void {
    const { random } = this.#parts;
    const { id } = condition as { readonly id: number };
    const gone = random.chance(0.25);
    const lines = gone ? 0 : random.integer(0, 2);
    this.#written += 1;
    const isNumber = random.chance(0.85);
    const label = `${isNumber ? "" : "v"}${this.#written}`;
    tx.write(({ tables: all }) => {
      const rows = all.get(category)?.rows;
      if (gone) rows?.delete(id);
      else rows?.set(id, { id, label });
      this.#remember(category, key, gone ? null : { id, label });
      if (category !== "item") return;
      const number = isNumber ? { id, number: Number(label) } : unreadable;
      this.#remember("number", key, gone ? null : number);
      const ofLines = all.get("line")?.rows;
      for (let line = 1; line <= 2; line += 1) ofLines?.delete(`${id}/${line}`);
      const written = Array.from({ length: lines }, (_, index) => ({ label: `${label}.${index + 1}` }));
      for (const [index, row] of written.entries()) ofLines?.set(`${id}/${index + 1}`, { item: id, ...row });
      this.#remember("line", key, lines === 0 ? null : written);
    });
  }

  #remember(view: string, key: string, state: unknown): void {
    const place = `${view} ${key}`;
    const states = this.#states.get(place);
    if (states === undefined) this.#states.set(place, [JSON.stringify(state)]);
    else states.push(JSON.stringify(state));
  }
}

const tables: readonly (readonly [string, readonly string[]])[] = [
  ["item", ["id", "label"]],
  ["line", ["item", "label"]],
  ["part", ["id", "label"]],
];
