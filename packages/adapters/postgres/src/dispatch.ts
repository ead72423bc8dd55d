import {
  type DispatchEnd,
  dispatchOnce,
  leasedClaims,
  reasonText,
  recordedChangeOf,
  type TakenChanges,
} from "@syncline/core/adapter-kit";
import type { Poller, RefusedChange, Route } from "@syncline/core/spi";
import { SynclineError } from "@syncline/core/spi";
import type { Connections, RunStatement, TextRow } from "./connections.ts";
import { bigintArray, numberArray, positionsOf } from "./parameters.ts";
import { keepRefused } from "./sql/keep-refused.ts";
import { ownStatement } from "./sql/statement.ts";
import { takeChanges } from "./sql/take-changes.ts";
import { upsertDeliveries } from "./sql/upsert-deliveries.ts";
import { deliveryParameters } from "./upsert.ts";

/** BEGIN, take, upsert, COMMIT; with nothing to take BEGIN, take, ROLLBACK. */
export function dispatchWith(connections: Connections, schema: string): Poller["dispatch"] {
  const statements = {
    take: ownStatement("take", takeChanges(schema)),
    upsert: ownStatement("upsert", upsertDeliveries(schema)),
    refuse: ownStatement("refuse", keepRefused(schema)),
  };
  return (limit, route, signal) => connections.transaction((run) => dispatchIn(run, statements, limit, route), signal);
}

type Statements = { readonly [Role in "take" | "upsert" | "refuse"]: ReturnType<typeof ownStatement> };

function dispatchIn(run: RunStatement, statements: Statements, limit: number, route: Route): Promise<DispatchEnd> {
  return dispatchOnce(
    {
      take: async () => takenOf(await run(statements.take, [limit])),
      keepRefused: async (refused) => {
        await run(statements.refuse, refusedParameters(refused));
      },
      upsert: async (deliveries) => {
        const [answer] = await run(statements.upsert, deliveryParameters(deliveries));
        if (answer === undefined)
          throw new SynclineError("database.failed", "The upsert of deliveries returned nothing.");
        const [base, inserted, folded, leased] = answer;
        return {
          inserted: Number(inserted),
          folded: Number(folded),
          claims: leasedClaims(deliveries, BigInt(base ?? 0), positionsOf(leased)),
        };
      },
    },
    route,
  );
}

function takenOf(rows: readonly TextRow[]): TakenChanges {
  const [revision, anyChange] = rows[0] ?? [];
  if (revision === null || revision === undefined)
    return { status: anyChange === "t" ? "busy" : "idle", strategiesRevision: undefined, changes: [] };
  const changes = rows.filter((row) => row[2] !== null).map((row) => recordedChangeOf(row.slice(2)));
  return { status: "held", strategiesRevision: revision, changes };
}

function refusedParameters(refused: readonly RefusedChange[]): readonly unknown[] {
  const changes = refused.map((entry) => entry.change);
  return [
    bigintArray(changes.map((change) => change.id)),
    changes.map((change) => change.category),
    changes.map((change) => change.condition),
    changes.map((change) => change.operation),
    changes.map((change) => change.strategy),
    numberArray(changes.map((change) => change.recordedAt)),
    refused.map((entry) => reasonText(entry.reason)),
  ];
}
