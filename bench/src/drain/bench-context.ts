import type { PostgresServer } from "@syncline/dev-postgres";
import type { Peer } from "../peers.ts";
import type { Entry } from "../processes/bundle.ts";
import type { Child, Program } from "../processes/child.ts";

/** What all scenarios share. */
export interface BenchContext {
  readonly server: PostgresServer;
  readonly postmaster: number | undefined;
  readonly sink: Child;
  readonly sinkUrl: string;
  readonly grpcPort: number;
  readonly program: (entry: Entry | Peer) => Program;
  readonly repeats: number;
  readonly quick: boolean;
  readonly say: (line: string) => void;
}
