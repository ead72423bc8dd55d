import { afterAll } from "vitest";
import { createCancelChannel } from "../cancel-channel.ts";
import { onePool } from "../pools.ts";
import { createQueryRunner, type PostgresQueryRunner, type QueryRunnerSettings } from "../query-runner.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
});

/** A query runner as the adapter makes it. */
export function readingRunner(settings: Omit<QueryRunnerSettings, "channel">): PostgresQueryRunner {
  const channel = createCancelChannel(settings.pool, onePool(settings.pool), silent);
  closing.push(() => channel.close());
  return createQueryRunner({ ...settings, channel });
}
