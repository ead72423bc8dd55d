import type {
  Apart,
  AuditGiven,
  BacklogStatements,
  DeadLetterFilterGiven,
  DefinitionEditsGiven,
  LeaseStatements,
  Nothing,
  StrandedStatements,
  StrategyHistoryGiven,
} from "@syncline/core/adapter-kit";
import {
  type Change,
  type DefinitionEdit,
  isSynclineError,
  type OperatorRecord,
  type StrandedPortion,
} from "@syncline/core/spi";
import { changesJson } from "./changes-json.ts";
import { numberOf } from "./errors.ts";
import { wholeMs } from "./milliseconds.ts";
import type { ParameterValues } from "./parameter-types.ts";
import { recordJson } from "./record-json.ts";
import { listOperations } from "./sql/audit.ts";
import { backfillChanges } from "./sql/backfill.ts";
import { backlogStatus, lockedBacklogStatus } from "./sql/backlog-status.ts";
import { claimDue } from "./sql/claim-due.ts";
import { deadCauses, deadLetters, discardDeadLetters, requeueDeadLetters } from "./sql/dead-letters.ts";
import { editDefinitions, listDefinitions, loadCategories } from "./sql/definitions.ts";
import { findChanges, findDeliveries } from "./sql/find-key.ts";
import { hastenWaiting } from "./sql/hasten-waiting.ts";
import type { TwoStatements } from "./sql/in-snapshot-or-not.ts";
import { loadStrategies } from "./sql/load-strategies.ts";
import { pauseStrategy, resumeStrategy } from "./sql/pause.ts";
import { readmitRefused } from "./sql/readmit-refused.ts";
import { renewLeases } from "./sql/renew-leases.ts";
import { settleDeliveries } from "./sql/settle-deliveries.ts";
import type { OwnStatement } from "./sql/statement.ts";
import { attend, discardStranded, listStranded, moveStranded } from "./sql/stranded-work.ts";
import { strategyHistory } from "./sql/strategy-history.ts";
import { type NamedStatement, named } from "./sql-driver.ts";

type Statements = BacklogStatements<NamedStatement> &
  StrandedStatements<NamedStatement> &
  LeaseStatements<NamedStatement>;

/**
 * What the kit asks of the database, by its names: lists travel as JSON, durations as whole
 * milliseconds. `schema` is a quoted identifier.
 */
export function ownStatements(schema: string) {
  return {
    ...leaseStatements(schema),
    status: inSnapshot<Nothing>(backlogStatus(schema), lockedBacklogStatus(schema), () => ({})),
    find: {
      changes: finding(findChanges(schema, "change"), ({ category, most }) => ({ category, most })),
      refused: finding(findChanges(schema, "refused"), ({ category, most }) => ({ category, most })),
      deliveries: finding(findDeliveries(schema), ({ key, strategies }) => {
        return { key, strategies: JSON.stringify(strategies) };
      }),
    },
    deadLetters: finding(deadLetters(schema), ({ after, limit, ...filter }) => ({ ...filterOf(filter), after, limit })),
    causes: finding(deadCauses(schema), filterOf),
    requeue: named(requeueDeadLetters(schema), selected),
    discard: named(discardDeadLetters(schema), selected),
    pause: named(pauseStrategy(schema), acted),
    resume: named(resumeStrategy(schema), acted),
    readmit: named(readmitRefused(schema), ({ categories }) => ({ categories: JSON.stringify(categories) })),
    backfill: named(backfillChanges(schema), ({ strategy, changes, record }: BackfillGiven) => ({
      ...{ strategy, changes: changesJson(changes), record: recordJson(record) },
    })),
    attend: named(attend(schema), ({ worker, parts, lapseMs }) => {
      return { worker, parts: JSON.stringify(parts), lapse_ms: lapseMs };
    }),
    listStranded: named(listStranded(schema), ({ gaps }) => {
      return { gaps: JSON.stringify(gaps.map(({ low, high }) => ({ l: low, h: high }))) };
    }),
    moveStranded: named(moveStranded(schema), ({ target, category, ...given }: MoveGiven) => {
      return { ...portion(given), target, category };
    }),
    discardStranded: named(discardStranded(schema), portion),
    audit: { list: named<AuditGiven>(listOperations(schema), (given) => ({ ...given })) },
    editing: {
      categories: named<Nothing>(loadCategories(schema), () => ({})),
      definitions: named<Nothing>(listDefinitions(schema), () => ({})),
      editAll: named<DefinitionEditsGiven>(editDefinitions(schema), ({ edits, revision, record }) => ({
        ...{ edits: JSON.stringify(edits.map(editJson)), revision, record: recordJson(record) },
      })),
    },
    strategyHistory: named<StrategyHistoryGiven>(strategyHistory(schema), (given) => ({ ...given })),
    strategies: named<Nothing>(loadStrategies(schema), () => ({})),
  } satisfies Statements & {
    readonly strategies: unknown;
    readonly editing: unknown;
    readonly strategyHistory: unknown;
  };
}

function leaseStatements(schema: string): LeaseStatements<NamedStatement> {
  return {
    claim: named(claimDue(schema), ({ demands, token, leaseMs }) => ({
      demands: JSON.stringify(demands.map(({ strategy, count, strict }) => ({ s: strategy, n: count, o: strict }))),
      token,
      lease_ms: wholeMs(leaseMs),
    })),
    renew: named(renewLeases(schema), ({ leases, leaseMs }) => ({
      leases: JSON.stringify(
        leases.map(({ strategy, key, ordinal, token }, n) => ({ n, s: strategy, k: key, i: ordinal, t: token })),
      ),
      lease_ms: wholeMs(leaseMs),
    })),
    settleAll: named(settleDeliveries(schema), ({ settlements }) => ({
      settlements: JSON.stringify(
        settlements.map(({ strategy, key, ordinal, token, revision, result, delayMs, kind, code, message }, n) => ({
          ...{ n, s: strategy, k: key, i: ordinal, t: token, v: revision, r: result },
          ...{ d: wholeMs(delayMs ?? 0), a: kind, b: code, c: message },
        })),
      ),
    })),
    hasten: named(hastenWaiting(schema), (given) => given),
  };
}

/** The database allows no snapshot isolation. */
const noSnapshots = 3952;

/** A read that waits for nobody, and where the database allows no snapshots, one that locks. */
function inSnapshot<Given extends object>(
  snapshot: OwnStatement,
  locking: OwnStatement,
  values: (given: Given) => ParameterValues,
): Apart<NamedStatement, Given> {
  const first = named<Given>(snapshot, values);
  const second = named<Given>(locking, values);
  return {
    async apart(driver, given, signal) {
      try {
        return await driver.run(first, given, signal);
      } catch (error) {
        if (!isSynclineError(error) || numberOf(error.cause) !== noSnapshots) throw error;
        return driver.run(second, given, signal);
      }
    },
  };
}

function finding<Given extends object>(
  { inSnapshot: first, elsewhere }: TwoStatements,
  values: (given: Given) => ParameterValues,
): Apart<NamedStatement, Given> {
  return inSnapshot(first, elsewhere, values);
}

function filterOf({ olderThanMs, strategy, key, kind, code, state }: DeadLetterFilterGiven) {
  return { strategy, key, kind, code, state, older_than_ms: olderThanMs };
}

function editJson(edit: DefinitionEdit) {
  const { kind, name } = edit;
  return "remove" in edit
    ? { k: kind, n: name, d: null, e: 0 }
    : { k: kind, n: name, d: edit.definition, e: edit.enabled ? 1 : 0 };
}

/** What is to be kept of an action comes with what it is given. */
interface Recorded {
  readonly record?: OperatorRecord | null;
}

interface BackfillGiven extends Recorded {
  readonly strategy: string;
  readonly changes: readonly Change[];
}

type MoveGiven = StrandedPortion & Recorded & { readonly target: string; readonly category: string };

function acted({ strategy, record }: Recorded & { readonly strategy: string }) {
  return { strategy, record: recordJson(record) };
}

function selected({ ids, record }: Recorded & { readonly ids: readonly string[] }) {
  return { ids: JSON.stringify(ids), record: recordJson(record) };
}

function portion({ strategy, withHeld, most, record }: StrandedPortion & Recorded) {
  return { strategy, with_held: withHeld ? 1 : 0, most, record: recordJson(record) };
}
