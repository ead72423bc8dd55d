import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import type { Answer, Question } from "./messages.ts";

export interface Program {
  readonly file: string;
  /** The Node to run it; ours by default. */
  readonly execPath?: string;
  /** Flags for the child's Node: none of the parent's are handed down. */
  readonly nodeFlags?: readonly string[];
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A process of its own that answers questions; see `serve`. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;

  constructor({ file, execPath = process.execPath, nodeFlags = [] }: Program) {
    this.#name = basename(file);
    // "advanced": arrival times come back as a Float64Array.
    this.#process = fork(file, { execPath, execArgv: [...nodeFlags], serialization: "advanced" });
    this.#process.on("message", (answer: Answer) => this.#settle(answer));
    this.#process.on("error", (error) => this.#fail(error));
    this.#process.on("exit", (code, signal) => this.#fail(new Error(`${this.#name} ended (${signal ?? code}).`)));
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  /** Rejects with what the command threw, or when the process ends. */
  ask(command: string, argument?: unknown): Promise<unknown> {
    this.#asked += 1;
    const question: Question = { number: this.#asked, command, argument };
    return new Promise((resolve, reject) => {
      this.#waiting.set(question.number, { resolve, reject });
      this.#process.send(question, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  /** A worker that does not stop by itself is ended: one contender was once seen not to. */
  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    const patience = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
    if (this.#process.connected) this.#process.disconnect();
    await gone;
    clearTimeout(patience);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  #settle({ number, result, error }: Answer): void {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(`${this.#name}: ${error}`));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
