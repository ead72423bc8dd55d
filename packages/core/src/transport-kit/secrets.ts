import { readFile } from "node:fs/promises";
import { inspect } from "node:util";

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

// Shorter ones would turn every message into confetti, and are no secrets.
const shortest = 4;
// A function may give another token for every call: of these the newest suffice, since answers echo what was just sent.
const mostPassing = 1024;

export interface SecretKeeperOptions {
  /** Why a secret cannot travel, as in "holds characters that no header can carry"; `undefined` if it can. */
  readonly refuse?: (value: string) => string | undefined;
}

/** Resolves secrets on first use, keeps them, and removes them from any text that comes from outside. */
export class SecretKeeper {
  readonly #refuse: (value: string) => string | undefined;
  readonly #kept = new Map<string, Secret>();
  readonly #lasting = new Set<string>();
  readonly #passing = new Set<string>();

  constructor(options: SecretKeeperOptions = {}) {
    this.#refuse = options.refuse ?? (() => undefined);
  }

  /** Never waits when the secret is known: the hot path stays synchronous. */
  resolve(source: SecretSource): Secret | Promise<Secret> {
    if (typeof source === "function") return this.#remember(source(), "the secret's function", true);
    const kept = this.#kept.get(source);
    if (kept !== undefined) return kept;
    if (source.startsWith("file:")) return this.#fromFile(source);
    if (!source.startsWith("env:")) return this.#keep(source, source, "the secret");
    const name = source.slice("env:".length);
    const value = process.env[name];
    if (value === undefined || value === "") throw new SecretError(`the environment variable ${name} is not set`);
    return this.#keep(source, value, `the environment variable ${name}`);
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
    hidden.add(Buffer.from(text).toString("base64"));
    hidden.add(Buffer.from(text).toString("base64url"));
    hidden.add(encodeURIComponent(text));
    for (const oldest of this.#passing) {
      if (this.#passing.size <= mostPassing) break;
      this.#passing.delete(oldest);
    }
  }

  scrub(text: string): string {
    let clean = text;
    // Longest first: a secret that contains another must not leave its tail behind.
    for (const secret of [...this.#lasting, ...this.#passing].sort((a, b) => b.length - a.length)) {
      clean = clean.replaceAll(secret, "[secret]");
    }
    return clean;
  }

  async #fromFile(source: string): Promise<Secret> {
    const path = source.slice("file:".length);
    const content = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      throw new SecretError(`the secret's file ${path} cannot be read (${error.code ?? "unknown"})`);
    });
    // Editors and `echo` end a file with a line break, which no secret means.
    return this.#keep(source, content.replace(/[\r\n]+$/, ""), `the secret's file ${path}`);
  }

  #keep(source: string, value: string, what: string): Secret {
    const secret = this.#remember(value, what, false);
    this.#kept.set(source, secret);
    return secret;
  }

  #remember(value: string, what: string, passing: boolean): Secret {
    if (typeof value !== "string" || value === "") throw new SecretError(`${what} is empty`);
    const refusal = this.#refuse(value);
    if (refusal !== undefined) throw new SecretError(`${what} ${refusal}`);
    this.hide(value, passing);
    return new Secret(value);
  }
}
