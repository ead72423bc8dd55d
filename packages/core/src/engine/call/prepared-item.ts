import { versionOf } from "../../compose/documents.ts";
import type { SyncCall, SyncItem } from "../../contracts/sync-invoker.ts";
import type { Condition } from "../../model/condition.ts";
import { SynclineError } from "../../model/errors.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { WireRow, WireValue } from "../../model/wire.ts";
import type { Work } from "../settle/leases.ts";
import { callId, deliveryId } from "./delivery-id.ts";

/** A claim with its content, ready to go. */
export interface Parcel {
  readonly work: Work;
  readonly operation: "upsert" | "delete";
  readonly item: SyncItem;
}

/** The parcel for a key that has rows. Throws what `map` throws, and when the version column is missing. */
export function packRows(strategy: Strategy, work: Work, condition: Condition, rows: readonly WireRow[]): Parcel {
  const map = strategy.map;
  const documents: readonly WireValue[] = map === undefined ? rows : rows.map((row) => map(row));
  const body = strategy.rows === "many" ? documents : (documents[0] ?? null);
  const first = rows[0];
  const version = first === undefined ? undefined : versionOf(strategy, first);
  return pack(work, condition, "upsert", body, version);
}

/** The parcel that tells a downstream that the key is gone. */
export function packDelete(work: Work, condition: Condition): Parcel {
  return pack(work, condition, "delete", null, undefined);
}

function pack(
  work: Work,
  condition: Condition,
  operation: "upsert" | "delete",
  body: WireValue,
  version: string | undefined,
): Parcel {
  const { claim } = work;
  const json: string | undefined = JSON.stringify(body);
  if (json === undefined)
    throw new SynclineError("query.data", "The strategy's map returned nothing that JSON can say.");
  const { strategy, key, epoch, revision } = claim;
  const item: SyncItem = {
    deliveryId: deliveryId({ strategy, key, epoch, revision, json }),
    key: condition,
    revision,
    version,
    body,
    json,
  };
  return { work, operation, item };
}

/** One call with parcels of one operation. */
export function composeCall(strategy: Strategy, parcels: readonly Parcel[]): SyncCall {
  const items = parcels.map((parcel) => parcel.item);
  return {
    callId: callId(items.map((item) => item.deliveryId)),
    strategy: strategy.name,
    category: strategy.category.name,
    operation: parcels[0]?.operation ?? "upsert",
    path: strategy.path,
    method: strategy.method,
    options: strategy.options,
    batched: strategy.batch > 1,
    items,
    attempt: 1 + mostAttempts(parcels),
  };
}

function mostAttempts(parcels: readonly Parcel[]): number {
  let most = 0;
  for (const { work } of parcels) most = Math.max(most, work.claim.attempts);
  return most;
}
