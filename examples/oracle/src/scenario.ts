import { setTimeout as delay } from "node:timers/promises";
import { createPipeline, type Pipeline } from "@syncline/core";
import { http } from "@syncline/http";
import { type OracleTransaction, oracle } from "@syncline/oracle";
import oracledb from "oracledb";
import type { OracleLogin } from "./login.ts";
import { Services } from "./services.ts";
import { createShop, dropDemo, onConnection, Shop } from "./shop.ts";
import { customer, destinations, order, product, strategiesInCode, strategyInTable } from "./strategies.ts";
import { verify } from "./verification.ts";

const tills = 4;
const prefix = "demo_sync_";

/** Runs the demo from beginning to end. Resolves with whether every downstream ended equal to the database. */
export async function runScenario(login: OracleLogin, seconds: number): Promise<boolean> {
  const pool = await oracledb.createPool({ ...login, poolMin: 0, poolMax: tills + 2 });
  await using services = await Services.start();
  try {
    await createShop(pool);
    await using pipeline = pipelineTo(login, services);
    await pipeline.migrate();
    await pipeline.start();
    for (const { name } of strategiesInCode) await loadAll(pipeline, name);
    const shop = new Shop(pool, pipeline.recorder);
    await doBusiness({ pool, services, pipeline, shop }, seconds);
    await pipeline.drain({ retries: true });
    console.log(`${shop.transactions} transactions, ${shop.rolledBack} rolled back; nothing is left to deliver.`);
    return await verifyAll(pool, services);
  } finally {
    await dropDemo(pool);
    await pool.close(1);
  }
}

/** The whole of what keeps three services in step with the shop's database. */
function pipelineTo(login: OracleLogin, services: Services) {
  return createPipeline({
    database: oracle({ ...login, prefix }),
    categories: [order, product, customer],
    strategies: strategiesInCode,
    strategyTable: true,
    downstreams: {
      warehouse: http({ baseUrl: services.address("warehouse") }),
      search: http({ baseUrl: services.address("search") }),
      billing: http({ baseUrl: services.address("billing") }),
    },
    // A demo's outage lasts seconds, so look again soon whether it is over.
    tuning: { breakerMaxOpenMs: 2_000 },
  });
}

interface Scene {
  readonly pool: oracledb.Pool;
  readonly services: Services;
  readonly pipeline: Pipeline<OracleTransaction>;
  readonly shop: Shop;
}

async function doBusiness({ pool, services, pipeline, shop }: Scene, seconds: number): Promise<void> {
  const closing = new AbortController();
  const trading = shop.trade(tills, closing.signal);
  console.log(`The shop opens: ${tills} tills for ${seconds} seconds. billing is down.`);
  try {
    await Promise.race([trading, delay(seconds * 300)]);
    await services.open("billing");
    console.log("billing is up. Nobody has to tell the pipeline.");
    await Promise.race([trading, delay(seconds * 200)]);
    await addDownstream(pool, pipeline);
    await Promise.race([trading, delay(seconds * 500)]);
  } finally {
    closing.abort();
    await trading;
  }
}

/** A second downstream for orders, by inserting a row. No code changes, nothing restarts. */
async function addDownstream(pool: oracledb.Pool, pipeline: Pipeline<OracleTransaction>): Promise<void> {
  const { name, ...definition } = strategyInTable;
  const inForce = new Promise<void>((resolve) => {
    const unsubscribe = pipeline.on("strategiesLoaded", ({ strategies }) => {
      if (!strategies.includes(name)) return;
      unsubscribe();
      resolve();
    });
  });
  await onConnection(pool, async (connection) => {
    const json = { type: oracledb.CLOB, val: JSON.stringify(definition) };
    await connection.execute(`INSERT INTO ${prefix}strategy (name, definition) VALUES (:name, :json)`, { name, json });
    await connection.commit();
  });
  await inForce;
  await loadAll(pipeline, name);
  console.log(`INSERT INTO ${prefix}strategy: ${name} is in force.`);
}

/** Pointers to all that there is already. */
async function loadAll(pipeline: Pipeline<OracleTransaction>, name: string): Promise<void> {
  const keys = destinations.find(({ strategy }) => strategy === name)?.keys ?? "";
  await pipeline.backfill(name, { keys });
}

async function verifyAll(pool: oracledb.Pool, services: Services): Promise<boolean> {
  let isEqual = true;
  for (const destination of destinations) {
    const { documents, differences } = await verify(pool, services, destination);
    const where = `${destination.service}/${destination.collection}`;
    if (differences.length === 0)
      console.log(`✓ ${where} has all ${documents} documents that ${destination.strategy} yields`);
    else console.log(`✗ ${where} differs in ${differences.length}: ${differences.slice(0, 3).join("; ")}`);
    isEqual &&= differences.length === 0;
  }
  return isEqual;
}
