import { documentsOf } from "../compose/documents.ts";
import type { ComposedQuery, ComposeForm, ComposeShape, QueryComposer } from "../contracts/query-composer.ts";
import type { QueryRunner } from "../contracts/query-runner.ts";
import type { SyncCall, SyncInvoker } from "../contracts/sync-invoker.ts";
import { composeCall } from "../engine/call/compose-call.ts";
import type { Faults } from "../engine/guard/faults.ts";
import type { Delivery } from "../engine/lane/delivery.ts";
import type { KeyReading } from "../engine/read/key-reading.ts";
import { judgeReading } from "../engine/read/prepare-item.ts";
import type { ReadPlans } from "../engine/read/read-plans.ts";
import { conditionOf } from "../model/condition.ts";
import { newClaim } from "../model/delivery.ts";
import { SynclineError } from "../model/errors.ts";
import { isPlainObject } from "../model/option-checks.ts";
import type { Strategy } from "../model/strategy.ts";
import { drop, isThenable } from "../model/thenable.ts";
import type { WireRow, WireValue } from "../model/wire.ts";

/** What a strategy would do with one key now. Nothing was sent, nothing was written. */
export interface Preview {
  readonly statements: ComposedQuery["statements"];
  /**
   * The forms in which the database would read this key, the best first, and a hundred like it. The
   * first one was taken.
   */
  readonly forms: { readonly one: readonly ComposeForm[]; readonly hundred: readonly ComposeForm[] };
  readonly rows: readonly WireRow[];
  /** `none`: the strategy skips absent keys, or makes dead letters of them. */
  readonly operation: "upsert" | "delete" | "none";
  /** The call that the downstream's transport would be asked for. Its ids and revision are a preview's. */
  readonly call: SyncCall | undefined;
  /** The request that the transport would make of it, as far as it can tell; without credentials. */
  readonly request: { readonly [part: string]: WireValue } | undefined;
}

export interface PreviewParts {
  readonly composer: QueryComposer;
  readonly queryRunner: QueryRunner;
  readonly plans: ReadPlans;
  readonly invoker: SyncInvoker;
  readonly faults: Faults;
  /** Of what is read: a person looks at it, and a template may be anybody's. */
  readonly maxBytes: number;
}

/** @param key canonical condition text. */
export async function previewKey(
  { composer, queryRunner, plans, invoker, faults, maxBytes }: PreviewParts,
  strategy: Strategy,
  key: string,
  signal: AbortSignal,
): Promise<Preview> {
  const condition = conditionOf(key);
  const one = await plans.shapes(strategy, [condition], signal);
  const hundred = await plans.shapes(
    strategy,
    Array.from({ length: 100 }, () => condition),
    signal,
  );
  const composed = composer.compose(strategy, [condition], one[0]);
  const { queryTimeoutMs: timeoutMs, maxRows, numbers } = strategy;
  const limits = { timeoutMs, maxRows, maxBytes, numbers };
  const results = await queryRunner.run(composed.statements, limits, signal);
  const rows = documentsOf(strategy, composed, results, 1)[0] ?? [];
  const delivery = prepared(strategy, key, { result: "rows", rows, condition }, maxBytes);
  const call = delivery === undefined ? undefined : composeCall(strategy, [delivery]);
  return {
    statements: composed.statements,
    forms: { one: formsOf(one), hundred: formsOf(hundred) },
    rows,
    operation: delivery?.prepared?.operation ?? "none",
    call,
    request: call === undefined ? undefined : requestOf(strategy, call, invoker, faults),
  };
}

/** A transport that cannot tell takes nothing from the rest. */
export function requestOf(
  { downstream }: Strategy,
  call: SyncCall,
  invoker: SyncInvoker,
  faults: Faults,
): Preview["request"] {
  if (invoker.describe === undefined) return undefined;
  const part = `downstream ${downstream}`;
  try {
    const request: unknown = invoker.describe(call);
    drop(request);
    if (!isPlainObject(request) || isThenable(request))
      throw new SynclineError("contract.broken", "it answered something else than an object");
    faults.worked(part, "describe");
    return request as Preview["request"];
  } catch (error) {
    faults.caught(part, "describe", error);
    return undefined;
  }
}

function formsOf(shapes: readonly ComposeShape[]): readonly ComposeForm[] {
  return shapes.flatMap(({ form }) => form ?? []);
}

function prepared(
  strategy: Strategy,
  key: string,
  reading: Extract<KeyReading, { readonly result: "rows" }>,
  maxBytes: number,
): Pick<Delivery, "claim" | "prepared"> | undefined {
  const delivery = { strategy: strategy.name, key, ordinal: "0", operation: "upsert", changes: 1 } as const;
  const lease = { token: "preview", durationMs: 0 };
  const claim = newClaim({ ...delivery, firstRecordedAt: Date.now() }, "0", lease);
  const judged = judgeReading(strategy, claim, reading, maxBytes);
  if (judged.as === "failed" && judged.thrown !== undefined) throw judged.thrown;
  return judged.as === "ready" ? { claim, prepared: judged.prepared } : undefined;
}
