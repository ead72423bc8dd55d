import { createHash } from "node:crypto";

/** What happened in one history, in order, by the virtual clock. */
export class Trace {
  readonly faults = new Map<string, number>();
  readonly violations: string[] = [];
  readonly #lines: string[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(what: string): void {
    this.#lines.push(`${this.#now().toFixed(1)} ${what}`);
  }

  fault(kind: string, where = ""): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
    this.add(`fault ${kind} ${where}`);
  }

  violate(what: string): void {
    this.violations.push(what);
    this.add(`VIOLATION ${what}`);
  }

  /** The lines that speak of this key, and those that speak of none. */
  of(key: string): string {
    return this.#lines.filter((line) => line.includes(key) || !line.includes("{")).join("\n");
  }

  get hash(): string {
    return createHash("sha256").update(this.#lines.join("\n")).digest("hex");
  }
}
