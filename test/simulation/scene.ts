import type { Pipeline } from "@syncline/core";
import type { MemoryStore, MemoryTransaction } from "@syncline/testkit";
import type { Random } from "../../packages/testkit/src/history/random.ts";
import type { Business } from "./business.ts";
import type { Climate, Fate } from "./climate.ts";
import type { DatabaseWitness } from "./database-witness.ts";
import type { Destination } from "./destination.ts";
import type { PaceBooks } from "./pace-books.ts";
import type { PlaceBooks } from "./place-books.ts";
import type { PlantedBug } from "./planted-bug.ts";
import type { SimulatedWorker } from "./simulated-worker.ts";
import type { Trace } from "./trace.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface CrewMember {
  readonly worker: SimulatedWorker;
  readonly pipeline: Pipeline<MemoryTransaction>;
}

/** All that one history consists of. */
export interface Scene {
  readonly random: Random;
  readonly climate: Climate;
  readonly trace: Trace;
  readonly time: VirtualTime;
  readonly store: MemoryStore;
  readonly business: Business;
  readonly books: PlaceBooks;
  readonly witness: DatabaseWitness;
  readonly destination: Destination;
  readonly pace: PaceBooks;
  readonly bug: PlantedBug | undefined;
  readonly crew: CrewMember[];
  /** Those told to stop. */
  readonly leavers: CrewMember[];
  /** Of transactions that are still open: how they end. */
  readonly open: Set<() => void>;
  /** Downstreams that answer every call in this way, for now. */
  readonly away: Map<string, Fate>;
  /** Drains that have not ended, by who was asked. */
  readonly drains: Map<symbol, SimulatedWorker>;
  isStormy: boolean;
  /** Everybody is well, and knows the strategies as they are. */
  isSettled: boolean;
  hired: number;
}

export const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
