import {
  type ChangePass,
  ChangeScan,
  type FloodTake,
  FloodWatch,
  inLockOrder,
  leasedClaims,
  reasonText,
  recordedChangeOf,
  type TakenAmong,
  throwIfAborted,
} from "@syncline/core/adapter-kit";
import type { DispatchResult, Poller, RecordedChange, RefusedChange, Routing } from "@syncline/core/spi";
import { SynclineError } from "@syncline/core/spi";
import type { Connections, Row } from "./connections.ts";
import type { ParameterValues } from "./parameter-types.ts";
import { changesBesideFloods } from "./sql/changes-beside-floods.ts";
import { oldestChanges } from "./sql/oldest-changes.ts";
import { writeDispatch } from "./sql/write-dispatch.ts";
import { deliveryParameters } from "./upsert.ts";

/**
 * Two round trips: read, without keeping a lock; then one batch that locks, looks whether all is
 * still as it was read, and writes. A worker that is frozen in between, or cut off, keeps nobody
 * from dispatching. Of several that read at once, one writes, and the others are busy.
 */
export function dispatchWith(connections: Connections, schema: string): Poller["dispatch"] {
  const read = readWith(connections, schema);
  const write = writeDispatch(schema);
  const scan = new ChangeScan();
  const floods = new FloodWatch();
  return async (limit, route, signal) => {
    const pass = scan.begin();
    const flood = floods.next(limit);
    const { changes, revision, strategies, seen } = await read({ limit, pass, flood }, signal);
    const [oldest] = changes;
    const put = (status: DispatchResult["status"]): DispatchResult => {
      // What is left where it was must be found again.
      if (oldest !== undefined && flood === undefined) pass.goneThrough = BigInt(oldest.id) - 1n;
      scan.end(pass);
      return { ...nothing, status };
    };
    if (oldest === undefined) {
      if (flood !== undefined && strategies !== undefined) floods.took(limit, flood, seen);
      return put("done");
    }
    if (strategies === undefined || revision === undefined) return put("busy");
    const routing = route(changes, strategies);
    if (routing === undefined) return put("stale");
    throwIfAborted(signal);
    const ordered = inLockOrder(routing.deliveries, (delivery) => delivery);
    const values = {
      strategies,
      revision,
      changes: JSON.stringify(changes.map(({ id }) => id)),
      ...refusedParameter(routing),
      ...deliveryParameters(ordered),
    };
    const written = writtenOf(await connections.run(write, values, signal), ordered);
    if (written === undefined) return put("busy");
    scan.end(pass);
    floods.took(limit, flood, seen);
    return { status: "done", taken: changes.length, ...written };
  };
}

const nothing = { taken: 0, inserted: 0, folded: 0, claims: [] };

interface Take {
  readonly limit: number;
  readonly pass: ChangePass;
  /** `undefined`: the oldest changes go first. */
  readonly flood: FloodTake | undefined;
}

interface Read {
  /** `undefined`: the dispatcher's row is locked, or there is nothing. */
  readonly strategies: string | undefined;
  readonly revision: string | undefined;
  readonly changes: readonly RecordedChange[];
  readonly seen: TakenAmong;
}

function readWith(connections: Connections, schema: string): (take: Take, signal: AbortSignal) => Promise<Read> {
  const oldest = oldestChanges(schema);
  const besideFloods = changesBesideFloods(schema);
  return async (take, signal) => {
    const { limit, pass, flood } = take;
    const { after } = pass;
    if (flood === undefined) return readOf(await connections.run(oldest, { limit, after }, signal), take);
    const { others, span, floods } = flood;
    const values = {
      limit,
      after,
      others: String(others.after),
      most: others.count,
      span: String(span),
      floods: JSON.stringify(
        floods.map(({ category: c, strategy: s, after: a, share: p }, n) => ({ n, c, s, a: String(a), p })),
      ),
    };
    return readOf(await connections.run(besideFloods, values, signal), take);
  };
}

function readOf(rows: readonly Row[], { pass, flood }: Take): Read {
  const [tookMicroseconds, newest, strategies, revision] = rows[0] ?? [];
  const changes = rows.filter((row) => textOf(row[4]) !== undefined).map((row) => recordedChangeOf(row.slice(4)));
  const oldest = textOf(rows[0]?.[11]);
  const seenTo = changes.at(-1)?.id ?? textOf(newest);
  const tookMs = Number(tookMicroseconds ?? 0) / 1_000;
  pass.tookMs = tookMs;
  // What floods leave behind is as old as the oldest change.
  if (flood !== undefined && oldest !== undefined) pass.goneThrough = BigInt(oldest) - 1n;
  else if (seenTo !== undefined) pass.goneThrough = BigInt(seenTo);
  return {
    strategies: textOf(strategies),
    revision: textOf(revision),
    changes,
    seen: { changes, oldest: BigInt(oldest ?? 0), newest: BigInt(textOf(newest) ?? 0), tookMs },
  };
}

function textOf(value: Row[number] | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

function refusedParameter({ refused }: Routing): ParameterValues {
  return { refused: refused.length === 0 ? null : JSON.stringify(refused.map(refusedJson)) };
}

function refusedJson({ change, reason }: RefusedChange): object {
  const { id, category, condition, operation, strategy, recordedAt } = change;
  return { i: id, c: category, k: condition, o: operation, s: strategy, t: recordedAt, r: reasonText(reason) };
}

/** `undefined`: nothing was written. */
function writtenOf(
  rows: readonly Row[],
  deliveries: Routing["deliveries"],
): Pick<DispatchResult, "inserted" | "folded" | "claims"> | undefined {
  const [answer] = rows;
  if (answer === undefined) throw new SynclineError("database.failed", "The write of a dispatch returned nothing.");
  const [base, inserted, folded] = answer;
  if (base === null || base === undefined) return undefined;
  const leased = rows.flatMap((row) => (row[3] === null || row[3] === undefined ? [] : [Number(row[3])]));
  return {
    inserted: Number(inserted),
    folded: Number(folded),
    claims: leasedClaims(deliveries, BigInt(base as string), leased),
  };
}
