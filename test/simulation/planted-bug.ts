import type { Poller, QueryRunner, SyncInvoker } from "@syncline/core/spi";
import type { MemoryStore } from "@syncline/testkit";

/** Breaks a part on purpose. */
export interface PlantedBug {
  readonly name: string;
  /** What the simulation must say of it. */
  readonly violation: RegExp;
  readonly poller?: (sound: Poller, store: MemoryStore) => Poller;
  readonly queryRunner?: (sound: QueryRunner) => QueryRunner;
  readonly invoker?: (sound: SyncInvoker) => SyncInvoker;
  /** Breaks the engine itself. Returns how to mend it. */
  readonly break?: () => () => void;
}
