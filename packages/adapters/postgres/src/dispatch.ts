import {
  type ChangePass,
  ChangeScan,
  changeColumns,
  type DispatchEnd,
  dispatchOnce,
  type FloodTake,
  FloodWatch,
  leasedClaims,
  reasonText,
  recordedChangeOf,
  type TakenAmong,
  type TakenChanges,
} from "@syncline/core/adapter-kit";
import type { Poller, RefusedChange, Route } from "@syncline/core/spi";
import { SynclineError } from "@syncline/core/spi";
import type { Connections, RunStatement, TextRow } from "./connections.ts";
import { bigintArray, numberArray, positionsOf } from "./parameters.ts";
import { keepRefused } from "./sql/keep-refused.ts";
import { ownStatement } from "./sql/statement.ts";
import { saidOnce, takeChanges } from "./sql/take-changes.ts";
import { takeFromFlood } from "./sql/take-from-flood.ts";
import { upsertDeliveries } from "./sql/upsert-deliveries.ts";
import { deliveryParameters } from "./upsert.ts";

/** BEGIN with take, upsert, COMMIT: three round trips; with nothing to take BEGIN with take, ROLLBACK. */
export function dispatchWith(connections: Connections, schema: string): Poller["dispatch"] {
  const statements = {
    take: ownStatement("take", takeChanges(schema)),
    takeFromFlood: ownStatement("take_from_flood", takeFromFlood(schema)),
    upsert: ownStatement("upsert", upsertDeliveries(schema)),
    refuse: ownStatement("refuse", keepRefused(schema)),
  };
  const scan = new ChangeScan();
  const floods = new FloodWatch();
  return async (limit, route, signal) => {
    const take: Take = { limit, pass: scan.begin(), flood: floods.next(limit), seen: undefined };
    const result = await connections.transaction((run) => dispatchIn(run, statements, take, route), signal);
    // What was taken and then put back is still there.
    if (result.status === "stale") take.pass.goneThrough = undefined;
    scan.end(take.pass);
    if (result.status === "done" && take.seen !== undefined) floods.took(limit, take.flood, take.seen);
    return result;
  };
}

/** One take, and what it saw. */
interface Take {
  readonly limit: number;
  readonly pass: ChangePass;
  /** `undefined`: the oldest changes go first. */
  readonly flood: FloodTake | undefined;
  seen: TakenAmong | undefined;
}

type Statements = {
  readonly [Role in "take" | "takeFromFlood" | "upsert" | "refuse"]: ReturnType<typeof ownStatement>;
};

function dispatchIn(run: RunStatement, statements: Statements, take: Take, route: Route): Promise<DispatchEnd> {
  return dispatchOnce(
    {
      take: async () => takenOf(await runTake(run, statements, take), take),
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

function runTake(run: RunStatement, statements: Statements, { limit, pass, flood }: Take) {
  if (flood === undefined) return run(statements.take, [limit, pass.after]);
  const { floods, others, span } = flood;
  return run(statements.takeFromFlood, [
    limit,
    pass.after,
    String(others.after),
    others.count,
    String(span),
    floods.map(({ category }) => category ?? null),
    floods.map(({ strategy }) => strategy ?? null),
    bigintArray(floods.map(({ after }) => String(after))),
    numberArray(floods.map((each) => each.share)),
  ]);
}

function takenOf(rows: readonly TextRow[], take: Take): TakenChanges {
  const { pass, flood } = take;
  const [revision, first, took] = rows[0] ?? [];
  pass.tookMs = Number(took);
  if (first === null || first === undefined) return { status: "idle", strategiesRevision: undefined, changes: [] };
  const oldest = BigInt(first);
  pass.goneThrough = oldest - 1n;
  if (revision === null || revision === undefined)
    return { status: "busy", strategiesRevision: undefined, changes: [] };
  const changes = rows.filter((row) => row[saidOnce] !== null).map((row) => recordedChangeOf(row.slice(saidOnce)));
  const last = changes.at(-1);
  if (flood === undefined && last !== undefined) pass.goneThrough = BigInt(last.id);
  take.seen = {
    changes,
    oldest,
    newest: BigInt(rows[0]?.[saidOnce + changeColumns.names.length] ?? 0),
    tookMs: Number(took),
  };
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
