/** One promise of a contract, as a named check. It runs on a fixture of its own. */
export interface Check<Fixture, Capability extends string = string> {
  /** Says the promise. Unique within its suite; a skip names it. */
  readonly name: string;
  /** Without all of these the check is reported as skipped. */
  readonly requires?: readonly Capability[];
  /** Rejects if the promise is broken. */
  run(fixture: Fixture): Promise<void>;
}

/** Checks that belong together. */
export interface CheckGroup<Fixture, Capability extends string = string> {
  readonly name: string;
  readonly checks: readonly Check<Fixture, Capability>[];
}

/** What a check runs on: fresh for each, closed after it. */
export interface Closable {
  close(): Promise<void>;
}
