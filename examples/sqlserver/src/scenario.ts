import { setTimeout as delay } from "node:timers/promises";
import { createPipeline, type Pipeline } from "@syncline/core";
import { http } from "@syncline/http";
import { sqlserver } from "@syncline/sqlserver";
import type sql from "mssql";
import { captureCustomers, openShopDatabase } from "./database.ts";
import { categories } from "./dictionary.ts";
import { type Service, startService } from "./services.ts";
import { Shop } from "./shop.ts";
import { destinations, strategiesInCode, strategyInTable } from "./strategies.ts";
import { differences } from "./verification.ts";

export interface ScenarioOptions {
  /** The server, with a login that may create databases. */
  readonly config: sql.config;
  /** How long there is business. */
  readonly seconds: number;
  say(line: string): void;
}

/** Runs the shop from beginning to end. Resolves with what is different downstream: nothing, if all went well. */
export async function runScenario({ config, seconds, say }: ScenarioOptions): Promise<readonly string[]> {
  await using warehouse = await startService();
  await using search = await startService();
  await using billing = await startService();
  await using database = await openShopDatabase(config);
  const { pool } = database;
  billing.isOpen = false;
  await using pipeline = createPipeline({
    database: sqlserver({ pool }),
    categories,
    strategies: strategiesInCode,
    strategyTable: true,
    downstreams: {
      warehouse: http({ baseUrl: warehouse.url }),
      search: http({ baseUrl: search.url }),
      billing: http({ baseUrl: billing.url }),
    },
    // The demo's outage lasts seconds, so look again soon whether it is over.
    tuning: { breakerMaxOpenMs: 2_000 },
  });
  await pipeline.migrate();
  await captureCustomers(pool);
  await pipeline.start();
  for (const { strategy, keys } of destinations.filter((each) => each.strategy !== strategyInTable.name))
    say(`First load: ${await pipeline.backfill(strategy, { keys })} keys for ${strategy}.`);

  const shop = new Shop(pool, pipeline.recorder);
  const closing = new AbortController();
  const business = shop.run(4, closing.signal);
  try {
    await delay(seconds * 300);
    billing.isOpen = true;
    say("billing is up. Nobody has to tell the pipeline.");
    const inForce = strategyInForce(pipeline, strategyInTable.name);
    await addDownstream(pool);
    say("INSERT INTO syncline.strategy: search wants orders, too.");
    await Promise.all([inForce, delay(seconds * 700)]);
  } finally {
    closing.abort();
    await business;
  }
  say(
    `${await pipeline.backfill(strategyInTable.name, { keys: "SELECT id AS orderId FROM orders" })} orders for search.`,
  );
  await pipeline.drain({ retries: true });
  say(`${shop.committed} business transactions; nothing is left to deliver.`);

  const services: Readonly<Record<string, Service>> = { warehouse, search, billing };
  const found: string[] = [];
  for (const destination of destinations) {
    const service = services[destination.service];
    if (service === undefined) continue;
    const wrong = await differences(pool, service, destination);
    say(
      `${wrong.length === 0 ? "✓" : "✗"} ${destination.service}/${destination.collection}: ${service.contents(destination.collection).size}`,
    );
    found.push(...wrong.map((each) => `${destination.service}/${destination.collection}: ${each}`));
  }
  return found;
}

/** The next dispatch finds out, and business goes on until then. */
function strategyInForce(pipeline: Pick<Pipeline, "on">, name: string): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = pipeline.on("strategiesLoaded", ({ strategies }) => {
      if (!strategies.includes(name)) return;
      unsubscribe();
      resolve();
    });
  });
}

/** The point of it all: a second downstream for orders, by inserting a row. No code changes, nothing restarts. */
async function addDownstream(pool: sql.ConnectionPool): Promise<void> {
  const { name, ...definition } = strategyInTable;
  await pool
    .request()
    .input("name", name)
    .input("definition", JSON.stringify(definition))
    .query("INSERT INTO syncline.strategy (name, definition) VALUES (@name, @definition)");
}
