import { versionOf } from "../../compose/documents.ts";
import type { SyncItem } from "../../contracts/sync-invoker.ts";
import type { Absence } from "../../model/absence.ts";
import type { Condition } from "../../model/condition.ts";
import type { Claim } from "../../model/delivery.ts";
import { isSynclineError, SynclineError } from "../../model/errors.ts";
import type { Failure } from "../../model/outcome.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { WireRow, WireValue } from "../../model/wire.ts";
import { deliveryId } from "../call/delivery-id.ts";
import { mappedRow } from "../guard/mapped-row.ts";
import { nameAndPlace } from "../guard/wordless-error.ts";
import type { PreparedItem } from "../lane/delivery.ts";
import type { KeyReading } from "./key-reading.ts";

/** What a reading means for its delivery. */
export type JudgedReading =
  | { readonly as: "ready"; readonly prepared: PreparedItem }
  /** @param thrown what the strategy's `map` threw. */
  | { readonly as: "failed"; readonly failure: Failure; readonly thrown?: unknown }
  /** The key has no row, and the strategy skips such keys. */
  | { readonly as: "skipped" }
  /** No key of the strategy can be read now. */
  | { readonly as: "blocked"; readonly failure: Failure };

/** Calls the strategy's `map`; whatever that does, there is a judgement. */
export function judgeReading(
  strategy: Strategy,
  claim: Claim,
  reading: Exclude<KeyReading, { readonly result: "deferred" }>,
  maxItemBytes: number,
): JudgedReading {
  if (reading.result !== "rows") return { as: reading.result, failure: reading.failure };
  const { rows, condition, absence = "unknown" } = reading;
  if (rows.length === 0) return judgeAbsent(strategy, claim, condition, absence);
  let body: WireValue;
  try {
    body = documentOf(strategy, rows);
  } catch (error) {
    return { as: "failed", failure: unsendable(error), thrown: error };
  }
  try {
    const [first] = rows;
    const version = first === undefined ? undefined : versionOf(strategy, first);
    const prepared = prepare(claim, condition, "upsert", body, version);
    if (prepared.item.json.length <= maxItemBytes) return { as: "ready", prepared };
    return { as: "failed", failure: tooLarge(`Its document has more than ${maxItemBytes} characters`, maxItemBytes) };
  } catch (error) {
    return { as: "failed", failure: unsendable(error) };
  }
}

/** An empty read is information: what it means, the strategy says. */
function judgeAbsent({ whenAbsent }: Strategy, claim: Claim, condition: Condition, absence: Absence): JudgedReading {
  switch (whenAbsent) {
    case "delete":
      return { as: "ready", prepared: prepare(claim, condition, "delete", null, undefined, absence) };
    case "skip":
      return { as: "skipped" };
    case "dead":
      return { as: "failed", failure: absentAs(absence) };
  }
}

function documentOf({ map, rows: howMany }: Strategy, rows: readonly WireRow[]): WireValue {
  const documents: readonly WireValue[] = map === undefined ? rows : rows.map((row) => mappedRow(map, row));
  return howMany === "many" ? documents : (documents[0] ?? null);
}

function prepare(
  { strategy, key, epoch, revision }: Claim,
  condition: Condition,
  operation: PreparedItem["operation"],
  body: WireValue,
  version: string | undefined,
  absence?: Absence,
): PreparedItem {
  const json: string | undefined = JSON.stringify(body);
  if (json === undefined)
    throw new SynclineError("query.data", "The strategy's map returned nothing that JSON can say.");
  // What is told is bound to the id, the reason of an absence, too: the same content has the same id.
  const content = absence === undefined || absence === "unknown" ? json : `${json} ${absence}`;
  const id = deliveryId({ strategy, key, epoch, revision, json: content });
  return new Prepared(operation, new PreparedSyncItem(id, condition, revision, version, absence, body, json));
}

class Prepared implements PreparedItem {
  readonly operation: PreparedItem["operation"];
  readonly item: SyncItem;

  constructor(operation: PreparedItem["operation"], item: SyncItem) {
    this.operation = operation;
    this.item = item;
  }
}

class PreparedSyncItem implements SyncItem {
  readonly deliveryId: string;
  readonly key: Condition;
  readonly revision: string;
  readonly version: string | undefined;
  readonly absence: Absence | undefined;
  readonly body: WireValue;
  readonly json: string;

  constructor(
    id: string,
    key: Condition,
    revision: string,
    version: string | undefined,
    absence: Absence | undefined,
    body: WireValue,
    json: string,
  ) {
    this.deliveryId = id;
    this.key = key;
    this.revision = revision;
    this.version = version;
    this.absence = absence;
    this.body = body;
    this.json = json;
  }
}

/** What `map` throws may quote the row. */
function unsendable(error: unknown): Failure {
  const message = isSynclineError(error) ? error.message : `No item can be made of its rows: ${nameAndPlace(error)}.`;
  return { kind: "rejected", code: "item.unsendable", message, effect: "no" };
}

export function tooLarge(what: string, maxItemBytes: number): Failure {
  const most = `which is the most that one item may have (tuning.maxItemBytes: ${maxItemBytes})`;
  return { kind: "too-large", code: "item.too-large", message: `${what}, ${most}.`, effect: "no" };
}

const because: { readonly [Each in Absence]: string } = {
  deleted: " Its row has been deleted.",
  filtered: " Its row is there, and the query leaves it out.",
  unknown: "",
};

function absentAs(absence: Absence): Failure {
  const message = `The query yields no row for this key, and the strategy says whenAbsent: "dead".${because[absence]}`;
  return { kind: "rejected", code: "query.absent", message, effect: "no" };
}
