import "reflect-metadata";
import type { Logger } from "@syncline/core/spi";
import { Container } from "inversify";
import pg from "pg";
import { BacklogReport } from "./backlog-report.ts";
import { Orders } from "./orders.ts";
import { synclineModule } from "./syncline-module.ts";
import { SHOP } from "./tokens.ts";

export interface ShopSettings {
  readonly databaseUrl: string;
  readonly crm: string;
  readonly log: Logger;
}

/** The application's composition root. */
export function createShop({ databaseUrl, crm, log }: ShopSettings): Container {
  const container = new Container({ defaultScope: "Singleton" });
  container.bind(SHOP.Pool).toConstantValue(new pg.Pool({ connectionString: databaseUrl }));
  container.bind(SHOP.Logger).toConstantValue(log);
  container.bind(SHOP.CrmAddress).toConstantValue(crm);
  container.bind(Orders).toSelf();
  container.bind(BacklogReport).toSelf();
  container.load(synclineModule);
  return container;
}

export async function startShop(container: Container): Promise<void> {
  const pipeline = container.get(SHOP.Pipeline);
  await pipeline.migrate();
  await pipeline.start();
}

/** In this order: the pipeline gives its work back through the pool. A container deactivates in an order of its own. */
export async function stopShop(container: Container): Promise<void> {
  await container.get(SHOP.Pipeline).stop();
  await container.get(SHOP.Pool).end();
}
