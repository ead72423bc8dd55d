import { randomBytes } from "node:crypto";
import type { Access } from "./authentication.ts";
import { digest } from "./digests.ts";

const idleMs = 60 * 60_000;
const longestMs = 12 * 60 * 60_000;
const mostSessions = 1_000;
const mostOfOne = 20;

interface Session extends Access {
  readonly beganAt: number;
  usedAt: number;
}

/** Who is logged in: in memory, by the digest of what their cookie says. A restart logs everybody out. */
export class Sessions {
  /** Least recently used first. */
  readonly #byDigest = new Map<string, Session>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Returns what the cookie has to say. Of too many, the ones that were not used for longest end. */
  begin({ actor, role }: Access): string {
    const now = this.#now();
    const id = randomBytes(32).toString("base64url");
    this.#byDigest.set(keyOf(id), { actor, role, beganAt: now, usedAt: now });
    this.#forget(mostOfOne, (session) => session.actor === actor);
    this.#forget(mostSessions, () => true);
    return id;
  }

  find(id: string): Access | undefined {
    const key = keyOf(id);
    const session = this.#byDigest.get(key);
    if (session === undefined) return undefined;
    this.#byDigest.delete(key);
    const now = this.#now();
    if (now - session.usedAt > idleMs || now - session.beganAt > longestMs) return undefined;
    session.usedAt = now;
    this.#byDigest.set(key, session);
    return { actor: session.actor, role: session.role };
  }

  end(id: string): void {
    this.#byDigest.delete(keyOf(id));
  }

  #forget(most: number, fits: (session: Session) => boolean): void {
    const fitting = [...this.#byDigest].filter(([, session]) => fits(session));
    for (const [key] of fitting.slice(0, Math.max(0, fitting.length - most))) this.#byDigest.delete(key);
  }
}

function keyOf(id: string): string {
  return digest(id).toString("base64url");
}
