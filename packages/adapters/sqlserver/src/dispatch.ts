import {
  type DispatchEnd,
  dispatchOnce,
  leasedClaims,
  reasonText,
  recordedChangeOf,
  type TakenChanges,
  type UpsertedDeliveries,
} from "@syncline/core/adapter-kit";
import type { Poller, RefusedChange, Route, RoutedDelivery } from "@syncline/core/spi";
import { SynclineError } from "@syncline/core/spi";
import type { Connections, Row, RunStatement } from "./connections.ts";
import { keepRefused } from "./sql/keep-refused.ts";
import type { OwnStatement } from "./sql/statement.ts";
import { takeChanges } from "./sql/take-changes.ts";
import { upsertDeliveries } from "./sql/upsert-deliveries.ts";
import { deliveryParameters } from "./upsert.ts";

/**
 * Begin, take, upsert, commit; with nothing to take begin, take, roll back. If this machine vanishes in the middle, the
 * server's keep-alive (30 s by default) finds out, ends the transaction, and with it the dispatcher lock.
 */
export function dispatchWith(connections: Connections, schema: string): Poller["dispatch"] {
  const statements = {
    take: takeChanges(schema),
    upsert: upsertDeliveries(schema),
    refuse: keepRefused(schema),
  };
  return (limit, route, signal) =>
    connections.transaction(({ run }) => dispatchIn(run, statements, limit, route), signal);
}

type Statements = { readonly [Role in "take" | "upsert" | "refuse"]: OwnStatement };

function dispatchIn(run: RunStatement, statements: Statements, limit: number, route: Route): Promise<DispatchEnd> {
  return dispatchOnce(
    {
      take: async () => takenOf(await run(statements.take, { limit })),
      keepRefused: async (refused) => {
        await run(statements.refuse, { refused: JSON.stringify(refused.map(refusedJson)) });
      },
      upsert: async (deliveries) =>
        upsertedOf(await run(statements.upsert, deliveryParameters(deliveries)), deliveries),
    },
    route,
  );
}

function takenOf(rows: readonly Row[]): TakenChanges {
  const [anyChange, revision] = rows[0] ?? [];
  if (revision === null || revision === undefined)
    return { status: anyChange === true ? "busy" : "idle", strategiesRevision: undefined, changes: [] };
  const changes = rows.filter((row) => row[2] !== null).map((row) => recordedChangeOf(row.slice(2)));
  return { status: "held", strategiesRevision: String(revision), changes };
}

function refusedJson({ change, reason }: RefusedChange): object {
  const { id, category, condition, operation, strategy, recordedAt } = change;
  return { i: id, c: category, k: condition, o: operation, s: strategy, t: recordedAt, r: reasonText(reason) };
}

function upsertedOf(rows: readonly Row[], deliveries: readonly RoutedDelivery[]): UpsertedDeliveries {
  const [answer] = rows;
  if (answer === undefined) throw new SynclineError("database.failed", "The upsert of deliveries returned nothing.");
  const [base, inserted, folded] = answer;
  const leased = rows.flatMap((row) => (row[3] === null || row[3] === undefined ? [] : [Number(row[3])]));
  return {
    inserted: Number(inserted),
    folded: Number(folded),
    claims: leasedClaims(deliveries, BigInt(base ?? 0), leased),
  };
}
