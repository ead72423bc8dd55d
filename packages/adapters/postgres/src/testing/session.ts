import type {
  Claim,
  DatabaseSession,
  Lease,
  Logger,
  RecordedChange,
  Route,
  RoutedDelivery,
  Settlement,
} from "@syncline/core/spi";
import { testDelivery } from "@syncline/testkit/makers";
import pg from "pg";
import { afterAll } from "vitest";
import { postgres } from "../adapter.ts";
import type { PostgresOptions } from "../options.ts";

export const never = new AbortController().signal;

/** A logger that keeps what it is told. */
export function keepingLogger(): { readonly log: Logger; readonly messages: string[] } {
  const messages: string[] = [];
  const write = (_fields: unknown, message: string) => {
    messages.push(message);
  };
  return { log: { debug: write, info: write, warn: write, error: write }, messages };
}

/** A session that is closed when the test file has run. */
export function openSession(options: PostgresOptions): DatabaseSession {
  const session = postgres(options).open({ log: keepingLogger().log });
  afterAll(() => session.close());
  return session;
}

/** A pool for what a test does by hand, closed when the test file has run. */
export function openPool(url: string, max = 10): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max });
  pool.on("error", () => {});
  afterAll(() => pool.end());
  return pool;
}

export function leaseOf(durationMs = 60_000): Lease {
  return { token: crypto.randomUUID(), durationMs };
}

/** Routes each change to one strategy, as core would: folded by key, or one by one. */
export function routeTo(
  strategy: string,
  extra: Partial<RoutedDelivery> & { readonly strict?: boolean } = {},
): Route & { readonly seen: RecordedChange[] } {
  const seen: RecordedChange[] = [];
  const { strict, ...rest } = extra;
  const route: Route = (changes) => {
    seen.push(...changes);
    const deliveries = new Map<string, RoutedDelivery>();
    for (const change of changes) {
      const ordinal = strict ? change.id : "0";
      const before = deliveries.get(`${change.condition} ${ordinal}`);
      const delivery = testDelivery({
        strategy,
        key: change.condition,
        ordinal,
        operation: change.operation === "delete" ? "delete" : "upsert",
        firstRecordedAt: before?.firstRecordedAt ?? change.recordedAt,
        changes: (before?.changes ?? 0) + 1,
        ...rest,
      });
      deliveries.set(`${change.condition} ${ordinal}`, delivery);
    }
    return { deliveries: [...deliveries.values()], refused: [] };
  };
  return Object.assign(route, { seen });
}

export function accepted(claims: readonly Claim[]): readonly Settlement[] {
  return claims.map((claim) => ({ result: "accepted", claim }));
}

/** Records conditions as they are given, in a transaction of their own. */
export async function recordTexts(pool: pg.Pool, conditions: readonly string[], category = "order"): Promise<void> {
  await pool.query(
    "INSERT INTO syncline.change (category, condition) SELECT $1, k FROM unnest($2::text[]) WITH ORDINALITY AS g(k, n) ORDER BY n",
    [category, conditions],
  );
}

/** The text of the first column of each row. */
export async function column(pool: pg.Pool, text: string, values: readonly unknown[] = []): Promise<readonly string[]> {
  const { rows } = await pool.query<unknown[]>({ text, values: [...values], rowMode: "array" });
  return rows.map(([value]) => String(value));
}
