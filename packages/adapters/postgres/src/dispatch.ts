import type { DispatchResult, Poller, RecordedChange, RefusedChange, Route } from "@syncline/core/spi";
import { SynclineError } from "@syncline/core/spi";
import type { Connections, RunStatement, TextRow, TransactionEnd } from "./connections.ts";
import { bigintArray, numberArray, storableText } from "./parameters.ts";
import { keepRefused } from "./sql/keep-refused.ts";
import { ownStatement } from "./sql/statement.ts";
import { takeChanges } from "./sql/take-changes.ts";
import { upsertDeliveries } from "./sql/upsert-deliveries.ts";
import { claimsOf, deliveryParameters, sortDeliveries } from "./upsert.ts";

/** BEGIN, take, upsert, COMMIT; with nothing to take BEGIN, take, ROLLBACK. */
export function dispatchWith(connections: Connections, schema: string): Poller["dispatch"] {
  const statements = {
    take: ownStatement("take", takeChanges(schema)),
    upsert: ownStatement("upsert", upsertDeliveries(schema)),
    refuse: ownStatement("refuse", keepRefused(schema)),
  };
  return (limit, route, signal) =>
    connections.transaction(async (run) => dispatchOnce(run, statements, limit, route), signal);
}

type Statements = { readonly [Role in "take" | "upsert" | "refuse"]: ReturnType<typeof ownStatement> };

async function dispatchOnce(
  run: RunStatement,
  statements: Statements,
  limit: number,
  route: Route,
): Promise<TransactionEnd<DispatchResult>> {
  const rows = await run(statements.take, [limit]);
  const [revision, anyChange] = rows[0] ?? [];
  if (revision === null || revision === undefined) return nothing(anyChange === "t" ? "busy" : "done");
  const changes = rows.filter((row) => row[2] !== null).map(changeOf);
  if (changes.length === 0) return nothing("done");
  const routing = route(changes, revision);
  if (routing === undefined) return nothing("stale");
  if (routing.refused.length > 0) await run(statements.refuse, refusedParameters(routing.refused));
  if (routing.deliveries.length === 0) return { result: { ...none, taken: changes.length } };
  const deliveries = sortDeliveries(routing.deliveries);
  const [answer] = await run(statements.upsert, deliveryParameters(deliveries));
  if (answer === undefined) throw new SynclineError("database.failed", "The upsert of deliveries returned nothing.");
  const [base, inserted, folded, leased] = answer;
  return {
    result: {
      status: "done",
      taken: changes.length,
      inserted: Number(inserted),
      folded: Number(folded),
      claims: claimsOf(deliveries, BigInt(base ?? 0), leased),
    },
  };
}

const none: DispatchResult = { status: "done", taken: 0, inserted: 0, folded: 0, claims: [] };

/** Undone and not committed: a transaction that has only locked a row would write and flush a commit all the same. */
function nothing(status: DispatchResult["status"]): TransactionEnd<DispatchResult> {
  return { result: { ...none, status }, undo: true };
}

function changeOf(row: TextRow): RecordedChange {
  const [, , id, category, condition, operation, strategy, recordedAt] = row;
  return {
    id: String(id),
    category: String(category),
    condition: String(condition),
    operation: String(operation),
    strategy: strategy ?? null,
    recordedAt: Number(recordedAt),
  };
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
    refused.map((entry) => storableText(entry.reason, 2_000)),
  ];
}
