import { mostFloods } from "@syncline/core/adapter-kit";
import { localName, nameOf, type Place } from "./names.ts";
import { type Bind, number, type OwnStatement, text } from "./statement.ts";
import { utcText } from "./time.ts";

/**
 * Takes the dispatcher lock, if there is a change to take: an idle poll writes nothing, since a row
 * lock is a write.
 *
 * - NOWAIT and not SKIP LOCKED: ORA-00054 tells "another worker dispatches" from "there is
 *   nothing".
 * - Whether there is a change is asked by MIN(id), which Oracle answers from one end of the primary
 *   key (INDEX FULL SCAN MIN/MAX). What a backlog leaves behind are empty leaves, which stay in the
 *   index until it grows into them, and each scan from the beginning goes through them: hence
 *   `after`.
 * - The revision is the locked row's newest: a row that was changed since the statement began is
 *   read again, which Oracle promises for what the WHERE names. So a change that was committed
 *   together with a strategy, or after it, is never routed without it.
 */
export function lockDispatcher(place: Place): OwnStatement {
  return {
    name: "lock",
    kind: "query",
    text: `SELECT TO_CHAR(d.strategies_revision) AS revision
  FROM ${nameOf(place, "dispatcher")} d
 WHERE d.id = 1 AND d.strategies_revision >= 0
   AND (SELECT ${byId(place)} MIN(c.id) FROM ${nameOf(place, "change")} c WHERE c.id > TO_NUMBER(:after)) IS NOT NULL
   FOR UPDATE NOWAIT`,
    binds: { after: text },
  };
}

/**
 * The oldest changes that are committed, read after the lock was taken. Ids are not commit order,
 * so there is no cursor: what is seen here is deleted by id. ROWNUM around an ordered view, which
 * stops the walk along the primary key; the hint, because statistics that were gathered while the
 * table was empty speak for reading all of it.
 */
export function oldestChanges(place: Place): OwnStatement {
  return oldestOf(place, "take", "c.id > TO_NUMBER(:after)", { after: text });
}

/** The lowest id behind `after`, and the highest of all. */
export function changeRange(place: Place): OwnStatement {
  const of = (id: string, more = "") =>
    `(SELECT ${byId(place)} TO_CHAR(${id}(c.id)) FROM ${nameOf(place, "change")} c${more})`;
  return {
    name: "take_range",
    kind: "query",
    text: `SELECT ${of("MIN", " WHERE c.id > TO_NUMBER(:after)")} AS lowest, ${of("MAX")} AS highest FROM SYS.DUAL`,
    binds: { after: text },
  };
}

const inRange = "c.id > TO_NUMBER(:after) AND c.id <= TO_NUMBER(:through)";

/**
 * The oldest changes of no flood: neither of a category that floods nor of a backfill that does, of
 * which there are `mostFloods` at most. Where there are fewer, `noName` stands for the rest: with a
 * NULL, NOT IN would find nothing.
 */
export function otherChanges(place: Place): OwnStatement {
  const binds = Object.fromEntries([...floodNames, ...backfillNames].map((name): [string, Bind] => [name, text]));
  const names = (of: readonly string[]) => of.map((name) => `:${name}`).join(", ");
  return oldestOf(
    place,
    "take_others",
    `${inRange}\n           AND (${isOfNoFlood(names(floodNames), names(backfillNames))})`,
    { after: text, through: text, ...binds },
  );
}

/** No category and no strategy has it. */
const noName = "\n";

const lettered = (name: string) => [..."abcdefgh"].slice(0, mostFloods).map((letter) => `${name}_${letter}`);
const floodNames = lettered("flood");
const backfillNames = lettered("backfill");

/** The values of those binds. */
export function namesOfFloods(floods: readonly string[], backfills: readonly string[]): { [bind: string]: string } {
  const given = (binds: readonly string[], names: readonly string[]) =>
    binds.map((bind, index): [string, string] => [bind, names[index] ?? noName]);
  return Object.fromEntries([...given(floodNames, floods), ...given(backfillNames, backfills)]);
}

export function isOfNoFlood(floods: string, backfills: string): string {
  return `c.strategy IS NULL AND c.category NOT IN (${floods}) OR c.strategy NOT IN (${backfills})`;
}

/** The oldest changes of one flood: of a category, or of a strategy's backfill. The other one of the two is NULL. */
export function floodChanges(place: Place): OwnStatement {
  return oldestOf(place, "take_flood", `${inRange}\n           AND (${isOfFlood(":category", ":strategy")})`, {
    after: text,
    through: text,
    category: text,
    strategy: text,
  });
}

export function isOfFlood(category: string, strategy: string): string {
  return `c.strategy IS NULL AND c.category = ${category} OR c.strategy = ${strategy}`;
}

function oldestOf(place: Place, name: string, condition: string, binds: OwnStatement["binds"]): OwnStatement {
  return {
    name,
    kind: "query",
    text: `SELECT t.id, t.category, t.condition, t.operation, t.strategy, t.recorded_at, t.traceparent
  FROM (SELECT ${byId(place)} TO_CHAR(c.id) AS id, c.category, c.condition, c.operation, c.strategy,
               ${utcText("c.recorded_at")} AS recorded_at, c.traceparent
          FROM ${nameOf(place, "change")} c
         WHERE ${condition}
         ORDER BY c.id) t
 WHERE ROWNUM <= :most`,
    binds: { ...binds, most: number },
  };
}

function byId(place: Place): string {
  return `/*+ INDEX(c ${localName(place, "change_pk")}) */`;
}

/** One array of ids, in one round trip. */
export function deleteChanges(place: Place): OwnStatement {
  return {
    name: "delete_taken",
    kind: "rows",
    text: `DELETE FROM ${nameOf(place, "change")} WHERE id = TO_NUMBER(:id)`,
    binds: { id: text },
  };
}
