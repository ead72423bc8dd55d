import { setTimeout as delay } from "node:timers/promises";
import type { Pipeline } from "@syncline/core";
import type { Logger } from "@syncline/core/spi";
import type { PgTransaction } from "@syncline/postgres";
import type { DemoOptions } from "./command-line.ts";
import { createShopPipeline } from "./pipeline.ts";
import { howToPlay } from "./playground.ts";
import { serveConsole } from "./serve-console.ts";
import { forkServices, type Services } from "./services/services.ts";
import { openShopDatabase, type ShopDatabase } from "./shop/database.ts";
import { createShop } from "./shop/schema.ts";
import { Shop } from "./shop/shop.ts";
import { runTraffic } from "./shop/traffic.ts";
import { destinations, strategiesInCode, strategyInTable } from "./strategies.ts";
import { verify } from "./verification.ts";
import { type Display, headline } from "./watch/display.ts";
import { showProgress } from "./watch/progress.ts";
import { reportTotals, reportVerdicts } from "./watch/report.ts";
import { Scoreboard } from "./watch/scoreboard.ts";

const tills = 6;

/** Runs the demo from beginning to end. Resolves with whether every downstream ended equal to the database. */
export async function runDemo(options: DemoOptions, display: Display, stop: AbortSignal): Promise<boolean> {
  // Begins first and starts up beside the database: each takes half a second.
  await using serviceProcess = forkServices();
  await using database = await openShopDatabase(tills + 2);
  const services = await serviceProcess.ready();
  await createShop(database.pool);

  await using pipeline = createShopPipeline(database, services, errorsTo(display));
  const scoreboard = new Scoreboard();
  scoreboard.watch(pipeline);
  await pipeline.migrate();
  await using webConsole = options.console ? await serveConsole(pipeline) : undefined;
  await pipeline.start();
  if (webConsole !== undefined) headline(display, `The console: ${webConsole.address}`);
  headline(display, `A shop on ${database.description}.`);
  headline(
    display,
    "Three downstreams: warehouse speaks HTTP, search gRPC and wants batches, billing SOAP and is down.",
  );

  const shop = new Shop(database.pool, pipeline.recorder);
  const progress = new AbortController();
  const shown = showProgress({ pipeline, shop, scoreboard }, display, progress.signal);
  // Told by the last line of the next block; until then a failure has to wait.
  shown.catch(() => {});
  try {
    await loadAll(pipeline, display);
    await doBusiness(options.seconds, { database, services, pipeline, shop, display, stop });
    headline(display, "Business is over; what is still under way is delivered.");
    await pipeline.drain({ retries: true, signal: stop });
    headline(display, "Nothing is left to deliver.");
  } finally {
    progress.abort();
    await shown;
  }

  display.say();
  await reportTotals(scoreboard, services, display);
  display.say();
  const verdicts = await Promise.all(destinations.map((destination) => verify(database.pool, services, destination)));
  const isEqual = reportVerdicts(verdicts, display);
  if (options.keep) {
    display.say(howToPlay(database, services));
    if (webConsole !== undefined) display.say(`\nThe console: ${webConsole.address}`);
    await aborted(stop);
  }
  return isEqual;
}

/** What the shop had before the pipeline came: pointers to all of it, for each strategy. */
async function loadAll<Tx>(pipeline: Pipeline<Tx>, display: Display): Promise<void> {
  let recorded = 0;
  for (const { name } of strategiesInCode) {
    const keys = destinations.find(({ strategy }) => strategy === name)?.keys ?? "";
    recorded += await pipeline.backfill(name, { keys });
  }
  headline(display, `First load: ${recorded} keys of what the shop already had.`);
}

interface Scene {
  readonly database: ShopDatabase;
  readonly services: Services;
  readonly pipeline: Pipeline<PgTransaction>;
  readonly shop: Shop;
  readonly display: Display;
  readonly stop: AbortSignal;
}

async function doBusiness(seconds: number, scene: Scene): Promise<void> {
  const closing = new AbortController();
  const signal = AbortSignal.any([closing.signal, scene.stop]);
  const traffic = runTraffic(scene.shop, tills, signal);
  const story = async (): Promise<void> => {
    const { services, display } = scene;
    headline(display, `The shop opens: ${tills} tills for ${seconds} seconds.`);
    await delay(seconds * 300, undefined, { signal });
    await services.open("billing");
    headline(display, "billing is up, and slow. Nobody has to tell the pipeline.");
    await delay(seconds * 200, undefined, { signal });
    await addDownstream(scene);
    await delay(seconds * 500, undefined, { signal });
  };
  try {
    await Promise.race([story(), traffic]);
  } finally {
    closing.abort();
    await traffic;
  }
}

/** The point of it all: a second downstream for orders, by inserting a row. No code changes, nothing restarts. */
async function addDownstream({ database, pipeline, display }: Scene): Promise<void> {
  const { name, ...definition } = strategyInTable;
  const inForce = new Promise<void>((resolve) => {
    const unsubscribe = pipeline.on("strategiesLoaded", ({ strategies }) => {
      if (!strategies.includes(name)) return;
      unsubscribe();
      resolve();
    });
  });
  await database.pool.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)", [name, definition]);
  headline(display, `INSERT INTO syncline.strategy: search wants orders, too (${name}).`);
  await inForce;
  const recorded = await pipeline.backfill(name, { keys: 'SELECT id AS "orderId" FROM orders' });
  headline(display, `${name} is in force; backfill of the ${recorded} orders that were there before it.`);
}

/** An outage is expected here and shown; what is wrong is said. */
function errorsTo(display: Display): Logger {
  return {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields, message) => display.say(`${message}: ${JSON.stringify(fields, printError)}`),
  };
}

function printError(_: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}

async function aborted(signal: AbortSignal): Promise<void> {
  // A timer keeps the process alive, where a listener alone would not.
  while (!signal.aborted) await delay(60_000, undefined, { signal }).catch(() => {});
}
