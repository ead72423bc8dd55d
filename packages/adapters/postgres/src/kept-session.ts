import { newTag } from "./cancel-channel.ts";
import type { PgClient } from "./driver.ts";
import { asConnected, type KeptSettings, keepText, type SessionLimits } from "./sql/read-transaction.ts";
import type { ServerFacts } from "./sql/server-facts.ts";

/** A statement and its plan take 50 kB at the server, for each connection that keeps it. */
const mostStatements = 64;
/**
 * What is prepared keeps the tables and functions that were found for its names, though somebody has
 * made others since that would be found first. For so long.
 */
const statementAgeMs = 60_000;

interface KeptStatement {
  readonly name: string;
  readonly at: number;
}

/**
 * What a connection keeps from one read to the next: settings, and prepared statements. Only where
 * it leads to one process of the server for as long as it lives, and is given to nobody else.
 */
export class KeptSession {
  readonly settings: KeptSettings;
  /**
   * Heads all statements of its reads, since a prepared one cannot have a tag for each: so a cancel
   * has to be answered before the next read begins.
   */
  readonly tag = newTag();
  readonly #pid: number;
  readonly #parsed: { [name: string]: unknown };
  /** By text, the one that was used last at the end. */
  readonly #statements = new Map<string, KeptStatement>();
  #made = 0;

  constructor(settings: KeptSettings, pid: number, parsed: { [name: string]: unknown }) {
    this.settings = settings;
    this.#pid = pid;
    this.#parsed = parsed;
  }

  /** Under which name a statement is kept, from now on if it was not before. `undefined`: not for now. */
  nameOf(text: string): string | undefined {
    const now = performance.now();
    const known = this.#statements.get(text);
    if (known !== undefined && isOld(known, now)) return undefined;
    if (known === undefined) this.#made += 1;
    const kept = known ?? { name: `syncline_lookup_${this.#made}`, at: now };
    this.#statements.delete(text);
    this.#statements.set(text, kept);
    return kept.name;
  }

  /** What is to go. The driver forgets it here: nothing of these names is sent again. */
  takeSurplus(): readonly string[] {
    const now = performance.now();
    const surplus: string[] = [];
    let tooMany = this.#statements.size - mostStatements;
    for (const [text, kept] of this.#statements) {
      tooMany -= 1;
      if (tooMany < 0 && !isOld(kept, now)) continue;
      this.#statements.delete(text);
      // What the server has refused was never prepared.
      if (this.#parsed[kept.name] !== undefined) surplus.push(kept.name);
      delete this.#parsed[kept.name];
    }
    return surplus;
  }

  /** Whether a read has ended in the process in which its connection began. */
  isAt(pid: unknown): boolean {
    return String(pid) === String(this.#pid);
  }
}

function isOld({ at }: KeptStatement, now: number): boolean {
  return now - at > statementAgeMs;
}

const sessions = new WeakMap<PgClient, KeptSession | "none">();

export interface KeepingSettings extends SessionLimits {
  /** What connections of the pool may keep, unless a pooler turns out to stand between. */
  readonly keeps: KeptSettings;
  readonly facts: ServerFacts;
}

/**
 * Asked before each read; a round trip for the first one of a connection. A pooler gives a client a
 * process number of its own making, since the process behind it is another one for each transaction:
 * where the two differ, or the driver does not tell, nothing is kept.
 */
export async function keptSession(client: PgClient, settings: KeepingSettings): Promise<KeptSession | undefined> {
  const before = sessions.get(client);
  if (before !== undefined) return before === "none" ? undefined : before;
  const { keeps, facts } = settings;
  const parsed = client.connection?.parsedStatements;
  if (keeps === "none" || parsed === undefined || client.processID !== facts.pid) {
    sessions.set(client, "none");
    return undefined;
  }
  await client.query(keepText(settings, keeps));
  const session = new KeptSession(keeps, facts.pid, parsed);
  sessions.set(client, session);
  return session;
}

/** What a transaction that is not ours to write says first, so that it finds the login's own settings. */
export function settingsAsConnected(client: PgClient): readonly string[] {
  return sessions.get(client) instanceof KeptSession ? asConnected : [];
}
