import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { sessionOf } from "../http/cookies.ts";
import { Refusal } from "../http/refusal.ts";
import type { Access, Authentication, Role } from "./authentication.ts";
import { isSame, seal } from "./digests.ts";
import { LoginLimit } from "./login-limit.ts";
import { Sessions } from "./sessions.ts";
import { TokenList } from "./token-list.ts";

/** Somebody who may see. */
export interface Visitor extends Access {
  /**
   * What their page has to send along with what changes something; a script that names its token
   * need not.
   */
  readonly proof: string | undefined;
}

/** Decides who asks, and what they may. */
export class Gatekeeper {
  readonly #tokens: TokenList | undefined;
  readonly #ask: Exclude<Authentication, { readonly tokens: unknown }> | undefined;
  readonly #sessions: Sessions;
  readonly #limit: LoginLimit;
  readonly #key = randomBytes(32);

  constructor(authentication: Authentication, now: () => number = Date.now) {
    this.#tokens = typeof authentication === "function" ? undefined : new TokenList(authentication.tokens);
    this.#ask = typeof authentication === "function" ? authentication : undefined;
    this.#sessions = new Sessions(now);
    this.#limit = new LoginLimit(now);
  }

  /** Whether people log in here, and not in the application around it. */
  get hasLogin(): boolean {
    return this.#tokens !== undefined;
  }

  /** Errors: `Refusal` 401, 429. */
  async visitor(request: IncomingMessage): Promise<Visitor> {
    if (this.#ask !== undefined) {
      const access = await askedFor(this.#ask, request);
      if (access !== undefined) return { ...access, proof: seal(this.#key, `actor ${access.actor}`) };
      throw new Refusal(
        401,
        "login.required",
        "You are not logged in to the application that this console is part of.",
      );
    }
    const token = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (token !== undefined) return { ...(await this.#known(token, request)), proof: undefined };
    const id = sessionOf(request);
    const access = id === undefined ? undefined : this.#sessions.find(id);
    if (id === undefined || access === undefined) throw new Refusal(401, "login.required", "Log in first.");
    return { ...access, proof: seal(this.#key, `session ${id}`) };
  }

  /** The new session's cookie. */
  async login(token: string, request: IncomingMessage): Promise<string> {
    return this.#sessions.begin(await this.#known(token, request));
  }

  logout(request: IncomingMessage): void {
    const id = sessionOf(request);
    if (id !== undefined) this.#sessions.end(id);
  }

  async #known(token: string, { socket }: IncomingMessage): Promise<Access> {
    const address = socket.remoteAddress ?? "";
    const waitMs = this.#limit.waitMs(address);
    if (waitMs > 0) throw new Refusal(429, "login.limited", "Too many wrong tokens; wait a little.", waitMs);
    const access = await this.#tokens?.find(token);
    if (access !== undefined) return access;
    this.#limit.failed(address);
    throw new Refusal(401, "login.refused", "This token opens nothing.");
  }
}

export function demandRole({ role }: Access, wanted: Role): void {
  if (wanted === "operator" && role !== "operator")
    throw new Refusal(403, "role.refused", "You may look, and not change: this needs an operator's token.");
}

export function demandProof({ headers }: IncomingMessage, { proof }: Visitor): void {
  const given = headers["x-syncline-proof"];
  if (proof === undefined || (typeof given === "string" && isSame(given, proof))) return;
  throw new Refusal(403, "proof.refused", "The page's proof is missing or old: load it again.");
}

async function askedFor(
  ask: Exclude<Authentication, { readonly tokens: unknown }>,
  request: IncomingMessage,
): Promise<Access | undefined> {
  try {
    const access = await ask(request);
    if (access === undefined || typeof access.actor !== "string" || access.actor === "") return undefined;
    return { actor: access.actor.slice(0, 100), role: access.role === "operator" ? "operator" : "reader" };
  } catch {
    return undefined;
  }
}
