import { createPipeline } from "@syncline/core";
import type { Logger } from "@syncline/core/spi";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import { ContainerModule } from "inversify";
import type pg from "pg";
import { crmOrders, order } from "./dictionary.ts";
import { SHOP } from "./tokens.ts";

/**
 * Syncline as two more bindings of the application's container: made of the application's own pool and logger, once.
 * Inside, a pipeline has a container of its own, so neither sees the other's bindings.
 */
export const synclineModule = new ContainerModule(({ bind }) => {
  bind(SHOP.Pipeline)
    .toResolvedValue(
      (pool: pg.Pool, log: Logger, crm: string) =>
        createPipeline({
          database: postgres({ pool }),
          categories: [order],
          strategies: [crmOrders],
          downstreams: { crm: http({ baseUrl: crm }) },
          log,
        }),
      [SHOP.Pool, SHOP.Logger, SHOP.CrmAddress],
    )
    .inSingletonScope();
  // The pipeline's recorder and not the adapter's: it checks each change against the data dictionary first.
  bind(SHOP.ChangeRecorder)
    .toResolvedValue((pipeline) => pipeline.recorder, [SHOP.Pipeline])
    .inSingletonScope();
});
