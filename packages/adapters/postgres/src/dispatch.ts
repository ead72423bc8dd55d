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
import { type ChangePass, ChangeScan } from "./change-scan.ts";
import type { Connections, RunStatement, TextRow } from "./connections.ts";
import { bigintArray, numberArray, positionsOf } from "./parameters.ts";
import { keepRefused } from "./sql/keep-refused.ts";
import { ownStatement } from "./sql/statement.ts";
import { takeChanges } from "./sql/take-changes.ts";
import { upsertDeliveries } from "./sql/upsert-deliveries.ts";
import { deliveryParameters } from "./upsert.ts";

/** BEGIN with take, upsert, COMMIT: three round trips; with nothing to take BEGIN with take, ROLLBACK. */
export function dispatchWith(connections: Connections, schema: string): Poller["dispatch"] {
  const statements = {
    take: ownStatement("take", takeChanges(schema)),
    upsert: ownStatement("upsert", upsertDeliveries(schema)),
    refuse: ownStatement("refuse", keepRefused(schema)),
  };
  const scan = new ChangeScan();
  return async (limit, route, signal) => {
    const pass = scan.begin();
    const result = await connections.transaction((run) => dispatchIn(run, statements, limit, route, pass), signal);
    // What was taken and then put back is still there.
    if (result.status === "stale") pass.goneThrough = undefined;
    scan.end(pass);
    return result;
  };
}

type Statements = { readonly [Role in "take" | "upsert" | "refuse"]: ReturnType<typeof ownStatement> };

function dispatchIn(
  run: RunStatement,
  statements: Statements,
  limit: number,
  route: Route,
  pass: ChangePass,
): Promise<DispatchEnd> {
  return dispatchOnce(
    {
      take: async () => takenOf(await run(statements.take, [limit, pass.after]), pass),
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

function takenOf(rows: readonly TextRow[], pass: ChangePass): TakenChanges {
  const [revision, first, took] = rows[0] ?? [];
  pass.tookMs = Number(took);
  if (revision === null || revision === undefined) {
    if (first === null || first === undefined) return { status: "idle", strategiesRevision: undefined, changes: [] };
    pass.goneThrough = BigInt(first) - 1n;
    return { status: "busy", strategiesRevision: undefined, changes: [] };
  }
  const changes = rows.filter((row) => row[3] !== null).map((row) => recordedChangeOf(row.slice(3)));
  const last = changes.at(-1);
  if (last !== undefined) pass.goneThrough = BigInt(last.id);
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
