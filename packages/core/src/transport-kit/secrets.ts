import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import type { Failure } from "../model/outcome.ts";
import { drop } from "../model/thenable.ts";
import { failure } from "./failure.ts";
import { formsOf, HiddenPlaces, SecretParts } from "./hidden-places.ts";

/** `env:NAME`, `file:/absolute/path`, a function that is asked before each call, or the secret itself. */
export type SecretSource = string | (() => string);

/** A secret that prints as `[secret]` wherever it is printed. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}

/** Says which reference could not be resolved and why; never a value. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

/**
 * What a call comes to whose secrets could not be had: `error` is what resolving them rejected with. A secret that is not
 * there is as good as a wrong one: it holds the downstream until somebody has put it there.
 */
export function secretFailure(code: string, error: unknown, scrub: (text: string) => string): Failure {
  const words = error instanceof SecretError ? error.message : "a secret could not be resolved: its function threw";
  return failure("unauthorized", code, scrub(words), "no");
}

// Shorter ones would turn every message into confetti, and are no secrets.
const shortest = 4;
// A function may give another token for every call: of these the newest suffice, since answers echo what was just sent.
const mostPassing = 128;

/** Why a secret cannot travel as it is meant to, as in "holds characters that no header can carry"; `undefined` if it can. */
export type RefuseSecret = (value: string) => string | undefined;

/** Resolves secrets on first use, keeps them, and removes them from any text that comes from outside. */
export class SecretKeeper {
  readonly #kept = new Map<string, Secret>();
  readonly #lasting = new Set<string>();
  readonly #passing = new Set<string>();
  #parts: SecretParts | undefined;

  /** Never waits when the secret is known: the hot path stays synchronous. Throws or rejects with `SecretError`. */
  resolve(source: SecretSource, refuse?: RefuseSecret): Secret | Promise<Secret> {
    if (typeof source === "function")
      return this.#fit(this.#remember(asked(source), nameOf(source), true), source, refuse);
    const kept = this.#kept.get(source);
    if (kept !== undefined) return this.#fit(kept, source, refuse);
    if (source.startsWith("file:")) return this.#fromFile(source).then((secret) => this.#fit(secret, source, refuse));
    if (!source.startsWith("env:")) return this.#fit(this.#keep(source, source), source, refuse);
    const value = process.env[source.slice("env:".length)];
    if (value === undefined || value === "") throw new SecretError(`${nameOf(source)} is not set`);
    return this.#fit(this.#keep(source, value), source, refuse);
  }

  /** A secret that somebody gave us, such as an access token: removed from texts as the others are. */
  wrap(value: string): Secret {
    return this.#remember(value, "a secret", true);
  }

  /** Resolve again at the next use: secrets in files are rotated. What was seen stays removed from texts. */
  forget(): void {
    this.#kept.clear();
  }

  /** Also to be removed from texts: a form in which a secret travels. `passing`: of a secret that changes with time. */
  hide(text: string, passing = false): void {
    const hidden = passing ? this.#passing : this.#lasting;
    if (text.length < shortest || hidden.has(text)) return;
    hidden.add(text);
    if (!passing) this.#parts = undefined;
    for (const oldest of this.#passing) {
      if (this.#passing.size <= mostPassing) break;
      this.#passing.delete(oldest);
    }
  }

  /**
   * For what comes from outside, and not for words of ours: a secret may be any word. Finds them in
   * the forms in which texts carry them, in capitals or not, broken by blanks or by what is not
   * seen; of those that last, parts too: of ten characters and more.
   */
  scrub(text: string): string {
    if (this.#lasting.size + this.#passing.size === 0) return text;
    this.#parts ??= SecretParts.of(this.#lasting);
    const found = new HiddenPlaces(text);
    found.hideParts(this.#parts);
    for (const secret of this.#passing) for (const form of formsOf(secret)) found.hide(form);
    return found.text();
  }

  #fit(secret: Secret, source: SecretSource, refuse: RefuseSecret | undefined): Secret {
    const refusal = refuse?.(secret.reveal());
    if (refusal !== undefined) throw new SecretError(`${nameOf(source)} ${refusal}`);
    return secret;
  }

  async #fromFile(source: string): Promise<Secret> {
    const content = await readFile(source.slice("file:".length), "utf8").catch((error: NodeJS.ErrnoException) => {
      throw new SecretError(`${nameOf(source)} cannot be read (${error.code ?? "unknown"})`);
    });
    // Editors and `echo` end a file with a line break, which no secret means.
    return this.#keep(source, content.replace(/[\r\n]+$/, ""));
  }

  #keep(source: string, value: string): Secret {
    const secret = this.#remember(value, nameOf(source), false);
    this.#kept.set(source, secret);
    return secret;
  }

  #remember(value: string, what: string, passing: boolean): Secret {
    if (typeof value !== "string" || value === "") throw new SecretError(`${what} is empty`);
    this.hide(value, passing);
    return new Secret(value);
  }
}

/** The function is the application's: whatever it throws may hold the secret. */
function asked(source: () => string): string {
  let value: unknown;
  try {
    value = source();
    drop(value);
  } catch {
    throw new SecretError(`${nameOf(source)} threw`);
  }
  if (typeof value !== "string") throw new SecretError(`${nameOf(source)} gave no text`);
  return value;
}

/** A source for messages, which must not hold the secret itself. */
function nameOf(source: SecretSource): string {
  if (typeof source === "function") return "the secret's function";
  if (source.startsWith("env:")) return `the environment variable ${source.slice("env:".length)}`;
  return source.startsWith("file:") ? `the secret's file ${source.slice("file:".length)}` : "the secret";
}
