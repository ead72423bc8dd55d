import type { EventHub } from "../events.ts";
import { wordlessError } from "./wordless-error.ts";

/** A door that goes on failing is told of again this often: listeners and the log are not flooded. */
const repeatMs = 1_000;

interface Door {
  readonly part: string;
  readonly member: string;
  toldAt: number;
}

/**
 * Remembers which doors to code that is not ours are at fault. A door is a member of a part
 * (`invoke` of `downstream crm`); it is at fault from its first failure until it works again.
 */
export class Faults {
  readonly #events: EventHub;
  readonly #doors = new Map<string, Door>();
  readonly #now: () => number;

  constructor(events: EventHub, now: () => number = () => performance.now()) {
    this.#events = events;
    this.#now = now;
  }

  /**
   * Code that is not ours threw, did not answer or answered nonsense. Never throws.
   *
   * @param part as health names it: `downstream crm`, `database`, `schedule`
   * @param member the contract's: `invoke`, `dispatch`, `next`
   * @param error is told without its words, unless it is a `SynclineError`
   */
  caught(part: string, member: string, error: unknown): void {
    const now = this.#now();
    const door = this.#doors.get(doorOf(part, member));
    // Also where a listener or the log fails at the very event that tells of it.
    if (door !== undefined && now - door.toldAt < repeatMs) return;
    if (door === undefined) this.#doors.set(doorOf(part, member), { part, member, toldAt: now });
    else door.toldAt = now;
    this.#events.emit("fault", { part, member, code: `fault.${member}`, error: wordlessError(error) });
  }

  /** It did what it owes. On hot paths: one comparison while nothing is at fault. */
  worked(part: string, member: string): void {
    if (this.#doors.size === 0) return;
    if (this.#doors.delete(doorOf(part, member))) this.#events.emit("faultCleared", { part, member });
  }

  /** The part is gone: a strategy that was taken away. */
  forget(part: string): void {
    for (const door of [...this.#doors.values()]) if (door.part === part) this.worked(part, door.member);
  }
}

function doorOf(part: string, member: string): string {
  return `${part}\n${member}`;
}

/** What is wrong at a door, for a person: which member, what it did, and whose bug it is. */
export function faultSentence({ part, member, error }: { part: string; member: string; error: unknown }): string {
  const what = error instanceof Error ? error.message : `it threw a value of type ${typeof error}`;
  return `\`${member}\` of ${part} failed: ${withoutStop(what)}. This is a bug of ${ownerOf(part, member)}.`;
}

function withoutStop(sentence: string): string {
  return sentence.endsWith(".") ? sentence.slice(0, -1) : sentence;
}

const owners: { readonly [kind: string]: string } = {
  downstream: "the transport",
  database: "the database adapter",
  plugin: "the plugin",
};

function ownerOf(part: string, member: string): string {
  if (member === "checkStrategy") return "the transport";
  return owners[part.split(" ", 1)[0] ?? ""] ?? "the application";
}
