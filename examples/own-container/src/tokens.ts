import type { Pipeline } from "@syncline/core";
import type { ChangeRecorder, Logger } from "@syncline/core/spi";
import type { PgTransaction } from "@syncline/postgres";
import type { ServiceIdentifier } from "inversify";
import type pg from "pg";

function token<Service>(name: string): ServiceIdentifier<Service> {
  return Symbol.for(`shop/${name}`) as ServiceIdentifier<Service>;
}

/** The application's own tokens. Its services know Syncline by two of them, typed with its own kind of transaction. */
export const SHOP = {
  Pool: token<pg.Pool>("Pool"),
  Logger: token<Logger>("Logger"),
  CrmAddress: token<string>("CrmAddress"),
  Pipeline: token<Pipeline<PgTransaction>>("Pipeline"),
  ChangeRecorder: token<ChangeRecorder<PgTransaction>>("ChangeRecorder"),
} as const;
