import type { PostgresServer } from "@syncline/dev-postgres";
import type { Entry } from "../processes/bundle.ts";
import type { Child } from "../processes/child.ts";

/** What all scenarios share. */
export interface BenchContext {
  readonly server: PostgresServer;
  readonly postmaster: number | undefined;
  readonly sink: Child;
  readonly sinkUrl: string;
  readonly file: (entry: Entry | "graphile-worker") => string;
  readonly repeats: number;
  readonly quick: boolean;
  /** Flags for the measured processes' Node: `--cpu-prof`, say. */
  readonly nodeFlags: readonly string[];
  readonly say: (line: string) => void;
}
