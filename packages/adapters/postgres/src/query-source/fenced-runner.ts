import type { Logger } from "@syncline/core/spi";
import type { PgPool } from "../driver.ts";
import { createQueryRunner, type PostgresQueryRunner, type QueryRunnerSettings } from "../query-runner.ts";
import { ReplicaFence } from "./replica-fence.ts";
import { askPrimary } from "./server-marks.ts";
import { SourceProbe } from "./source-probe.ts";
import { type Unfitness, unfitnessOf } from "./unfit-source.ts";

/** Where reads run, and how they are ended. */
type ReadPool = Pick<QueryRunnerSettings, "pool" | "channel" | "keeps">;

export interface FencedRunnerOptions {
  /** Where Syncline's tables are. */
  readonly primary: PgPool;
  /** The same server for the login that reads: `primary` itself, unless a login of its own can be had. */
  readonly fallback: ReadPool;
  /** Whether `fallback` is known to have the login that reads at the source. */
  readonly isReaders: boolean;
  /** Where strategies shall read. */
  readonly source: ReadPool;
  readonly reading: Omit<QueryRunnerSettings, keyof ReadPool | "fence" | "concurrency">;
  /** Reads at once, wherever. */
  readonly concurrency: number | undefined;
  readonly waitMs: number;
  readonly log: Logger;
}

type Reading<Result> = (runner: PostgresQueryRunner) => Promise<Result>;

/** A query runner that holds something that has to end. */
export interface FencedRunner extends PostgresQueryRunner {
  close(): Promise<void>;
}

/**
 * Reads at the source if it is the primary itself or a replica that has caught up, and on the
 * primary otherwise. Once a source has been found unfit, no read waits for it: from then on it is
 * tried in the background, until it serves again.
 */
export function createFencedRunner(options: FencedRunnerOptions): FencedRunner {
  const { source, fallback, reading, log } = options;
  const fence = new ReplicaFence(options.primary, options.waitMs);
  const atSource = createQueryRunner({ ...reading, ...source, fence });
  const roleAt = rolesAt(fallback.pool);
  const atPrimary = new Map<string | undefined, PostgresQueryRunner>();
  let detour: Unfitness | undefined;
  const probe = new SourceProbe(source.pool, fence, () => {
    detour = undefined;
    log.info({}, "Strategies read at the database of postgres({ query }) again");
  });

  async function onPrimary<Result>(work: Reading<Result>): Promise<Result> {
    const role = reading.role ?? (await roleAt(fence.login));
    // One for each role, since a runner learns what kind of server it reads.
    const known = atPrimary.get(role) ?? createQueryRunner({ ...reading, ...(role && { role }), ...fallback });
    atPrimary.set(role, known);
    return work(known);
  }

  async function read<Result>(work: Reading<Result>): Promise<Result> {
    if (detour !== undefined) {
      probe.start();
      return onPrimary(work);
    }
    try {
      return await work(atSource);
    } catch (error) {
      const why = unfitnessOf(error);
      // Before the source has told its login, a strategy might be read with more rights than are
      // meant for it.
      const isKnownLogin = options.isReaders || reading.role !== undefined || fence.login !== undefined;
      if (why === undefined || !isKnownLogin) throw error;
      const result = await onPrimary(work);
      // Told once, and only if it is not the primary that is away.
      if (detour === undefined) log.warn({ why, error: messageOf(error) }, "Strategies read on the primary for now");
      detour = why;
      return result;
    }
  }

  return {
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    run: (...given) => read((runner) => runner.run(...given)),
    describe: (...given) => read((runner) => runner.describe(...given)),
    estimate: (...given) => read((runner) => runner.estimate(...given)),
    explain: (...given) => read((runner) => runner.explain(...given)),
    close: () => probe.close(),
  };
}

/**
 * So that a strategy may read no more there than at the source: the role to take on. `undefined`
 * where it is the login's own.
 */
function rolesAt(fallback: PgPool): (login: string | undefined) => Promise<string | undefined> {
  let known: string | undefined;
  return async (login) => {
    if (login === undefined) return undefined;
    known ??= (await askPrimary(fallback)).login;
    return known === login ? undefined : login;
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
