import type { Logger, QueryRunner } from "@syncline/core/spi";
import type { PgPool } from "../driver.ts";
import type { ResolvedPostgresOptions } from "../options.ts";
import { type OwnedPool, openPool } from "../pools.ts";
import { createQueryRunner } from "../query-runner.ts";
import type { KeptSettings } from "../sql/read-transaction.ts";
import { createFencedRunner } from "./fenced-runner.ts";

/** What strategies' queries run on, and how to let go of it. */
export interface OpenReads {
  readonly queryRunner: QueryRunner;
  /** Whose login reads. */
  readonly pool: PgPool;
  close(): Promise<void>;
}

/** No I/O. `main` is the pool of Syncline's own statements, which another closes. */
export function openReads(main: OwnedPool, options: ResolvedPostgresOptions, log: Logger): OpenReads {
  const {
    connectionString,
    pool,
    role,
    rowSecurity,
    staleReads,
    serverMessages,
    replicaWaitMs = 1_000,
  } = options.query;
  const reading = {
    ...(role === undefined ? {} : { role }),
    ...(rowSecurity === undefined ? {} : { rowSecurity }),
    ...(serverMessages === undefined ? {} : { serverMessages }),
  };
  // On a pool that runs Syncline's own statements, too, they are planned as the login says.
  const kept = (settings: KeptSettings) => (options.preparedStatements ? settings : "none");
  if (connectionString === undefined && pool === undefined)
    return {
      queryRunner: createQueryRunner({ ...reading, ...readPool(main, kept("texts")), concurrency: besideOwn(main) }),
      pool: main.pool,
      close: async () => {},
    };
  const source = openPool(options.query, options, log);
  if (staleReads === "allow")
    return {
      queryRunner: createQueryRunner({ ...reading, ...readPool(source, kept("all")), concurrency: source.max }),
      pool: source.pool,
      close: () => source.close(),
    };
  const address = primaryFor(options.connectionString, connectionString);
  const isMain = address === undefined || address === options.connectionString;
  const fallback = isMain ? undefined : openPool({ connectionString: address }, options, log);
  const runner = createFencedRunner({
    primary: main.pool,
    fallback: fallback === undefined ? readPool(main, kept("texts")) : readPool(fallback, kept("all")),
    isReaders: address !== undefined,
    source: readPool(source, kept("all")),
    concurrency: least(source.max, fallback === undefined ? besideOwn(main) : fallback.max),
    reading,
    waitMs: replicaWaitMs,
    log,
  });
  return {
    queryRunner: runner,
    pool: source.pool,
    close: async () => {
      await runner.close();
      await Promise.all([source.close(), fallback?.close()]);
    },
  };
}

function readPool({ pool, channel, isOwn }: OwnedPool, keeps: KeptSettings) {
  return { pool, channel, keeps: isOwn ? keeps : "none" } as const;
}

/**
 * Reads never have all connections of the pool that Syncline's own statements need. With two, quick
 * ones may for a moment.
 */
function besideOwn({ max }: OwnedPool): number | undefined {
  return max === undefined ? undefined : Math.max(Math.min(2, max), max - 1);
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

/** The primary's address with the login that reads; `undefined` if that cannot be told from addresses. */
export function primaryFor(primary: string | undefined, source: string | undefined): string | undefined {
  if (primary === undefined || source === undefined || !URL.canParse(primary) || !URL.canParse(source))
    return undefined;
  const [url, reading] = [new URL(primary), new URL(source)];
  const named = [url, reading].some(({ searchParams }) => searchParams.has("user") || searchParams.has("password"));
  if (url.hostname === "" || reading.username === "" || named) return undefined;
  if (url.username === reading.username) return primary;
  url.username = reading.username;
  url.password = reading.password;
  return url.href;
}
