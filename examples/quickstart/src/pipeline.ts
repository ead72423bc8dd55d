import { createPipeline } from "@syncline/core";
import type { Logger } from "@syncline/core/spi";
import { grpc } from "@syncline/grpc";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import { soap } from "@syncline/soap";
import { categories } from "./dictionary.ts";
import { searchProto } from "./services/grpc-service.ts";
import type { Services } from "./services/services.ts";
import { billingWsdl } from "./services/soap-service.ts";
import type { ShopDatabase } from "./shop/database.ts";
import { strategiesInCode } from "./strategies.ts";

/** The whole of what keeps three services in step with the shop's database. */
export function createShopPipeline(database: ShopDatabase, { addresses }: Services, log: Logger) {
  return createPipeline({
    database: postgres({ connectionString: database.url }),
    categories,
    strategies: strategiesInCode,
    strategyTable: true,
    downstreams: {
      warehouse: http({ baseUrl: addresses.warehouse.api }),
      search: grpc({ address: addresses.search.api, plaintext: true, schema: { proto: searchProto } }),
      billing: soap({ wsdl: billingWsdl, endpoint: addresses.billing.api }),
    },
    // A demo's outage lasts seconds, so look again soon whether it is over.
    tuning: { breakerMaxOpenMs: 2_000 },
    log,
  });
}
