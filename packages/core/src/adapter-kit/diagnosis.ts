import type { Diagnosis, DiagnosisRequest, Finding, FindingLevel } from "../contracts/diagnosis.ts";
import { isSynclineError } from "../model/errors.ts";
import { throwIfAborted } from "./aborted.ts";
import type { Migrator } from "./migrator.ts";

/** What an examination tells; `check` is its own. */
export type Told = Omit<Finding, "check">;

export interface Examination {
  /** As `Finding.check`. */
  readonly check: string;
  /** Where, if it cannot be looked at. */
  readonly at: string;
  /** Each finding of it; none is refused: what was looked at and is well is told, too. */
  look(request: DiagnosisRequest, signal: AbortSignal): Promise<readonly Told[]>;
}

/**
 * `Diagnosis` of single looks, one after the other, so that it takes one connection. What cannot be looked at is told as
 * `unknown`, and the others go on; a database that is away from the beginning ends it all.
 */
export function createDiagnosis(examinations: readonly Examination[]): Diagnosis {
  return {
    async examine(request, signal) {
      const findings: Finding[] = [];
      for (const examination of examinations) {
        throwIfAborted(signal);
        const told = await lookAt(examination, findings.length > 0, request, signal);
        findings.push(...told.map((each) => ({ check: examination.check, ...each })));
      }
      return findings;
    },
  };
}

async function lookAt(
  { at, check, look }: Examination,
  isReachable: boolean,
  request: DiagnosisRequest,
  signal: AbortSignal,
): Promise<readonly Told[]> {
  const unknown = (message: string): readonly Told[] => [{ level: "unknown", at, message }];
  try {
    const told = await look(request, signal);
    return told.length > 0 ? told : unknown(`Nothing was said of ${check}.`);
  } catch (error) {
    if (!isSynclineError(error) || error.code === "operation.aborted") throw error;
    if (error.code === "database.unavailable") {
      // Another login, or another server, than what was looked at before: the rest can still be told.
      if (!isReachable) throw error;
      const why = "What runs on this connection cannot run.";
      return [{ level: "error", at, message: error.message, why, remedy: ["As the message says"] }];
    }
    return unknown(`It could not be looked at: ${error.message}`);
  }
}

/** One part of Syncline's tables, as the database's catalog describes it. */
export interface CatalogPart {
  /** `table`, `column`, `constraint`, `index`, `trigger`, `function`, … */
  readonly kind: string;
  /** The table that it is of, or itself. Empty for what is of none. */
  readonly table: string;
  readonly name: string;
  /** What it is, in the database's own words. */
  readonly definition: string;
  /** What is wrong with it although its definition is right: `disabled`, `invalid`. Empty where nothing is. */
  readonly state: string;
}

export interface CatalogComparison {
  /** What the release's migrations make. */
  readonly expected: readonly CatalogPart[];
  readonly found: readonly CatalogPart[];
  /**
   * The statements that make it as it was; `found`: what stands there instead. Of a table that is missing they make all
   * of it, and its parts are not told one by one.
   */
  readonly mend: (expected: CatalogPart, found: CatalogPart | undefined) => readonly string[];
  /** What is too much and matters, by its kind: why, and what takes it away. */
  readonly surplus?: (found: CatalogPart) => Pick<Told, "why" | "remedy"> | undefined;
  /** How grave it is if a part is missing or otherwise. Default `error`. */
  readonly levelOf?: (expected: CatalogPart, found: CatalogPart | undefined) => FindingLevel;
  /** Why a part matters. */
  readonly why: (expected: CatalogPart) => string;
}

/** What is missing, otherwise or too much in the live catalog; one `ok` if nothing is. */
export function compareCatalogs(comparison: CatalogComparison): readonly Told[] {
  const { expected, found, mend, surplus = () => undefined, levelOf = () => "error", why } = comparison;
  const wanted = byPlace(expected);
  const there = byPlace(found);
  const gone = new Set(
    expected.filter((part) => part.kind === "table" && !there.has(placeOf(part))).map(({ table }) => table),
  );
  const findings: Told[] = [];
  for (const part of expected) {
    if (part.kind !== "table" && gone.has(part.table)) continue;
    const actual = there.get(placeOf(part));
    const message = differenceOf(part, actual);
    if (message === undefined) continue;
    findings.push({
      level: levelOf(part, actual),
      at: shownPlace(part),
      message,
      why: why(part),
      remedy: mend(part, actual),
    });
  }
  for (const part of found) {
    if (wanted.has(placeOf(part))) continue;
    const told = surplus(part);
    if (told === undefined) continue;
    findings.push({
      level: "warn",
      at: shownPlace(part),
      message: `It is none of Syncline's: ${part.definition}`,
      ...told,
    });
  }
  if (findings.length > 0) return findings;
  return [
    { level: "ok", at: "Syncline's tables", message: `${expected.length} parts are as this release makes them.` },
  ];
}

function differenceOf(part: CatalogPart, actual: CatalogPart | undefined): string | undefined {
  if (actual === undefined) return `The ${part.kind} is missing.`;
  if (actual.definition !== part.definition) return `It is "${actual.definition}", and should be "${part.definition}".`;
  return actual.state === part.state ? undefined : `It is ${actual.state || "otherwise"}.`;
}

function placeOf({ kind, table, name }: CatalogPart): string {
  return JSON.stringify([kind, table, name]);
}

function shownPlace({ kind, table, name }: CatalogPart): string {
  return table === "" || kind === "table" ? `${kind} ${name}` : `${kind} ${table}.${name}`;
}

function byPlace(parts: readonly CatalogPart[]): ReadonlyMap<string, CatalogPart> {
  return new Map(parts.map((part) => [placeOf(part), part]));
}

/**
 * The database's clock against this machine's. `databaseMs` was read between `beforeMs` and `afterMs`, all of them epoch
 * milliseconds.
 */
export function clockFinding(databaseMs: number, beforeMs: number, afterMs: number): Told {
  const doubt = (afterMs - beforeMs) / 2;
  const apart = Math.round(databaseMs - (beforeMs + afterMs) / 2);
  const sure = Math.abs(apart) - doubt;
  const message = `It is ${Math.abs(apart)} ms ${apart < 0 ? "behind" : "ahead of"} this machine's, give or take ${Math.ceil(doubt)} ms.`;
  if (sure <= tolerableMs) return { level: "ok", at: "the database's clock", message };
  return {
    level: sure > graveMs ? "error" : "warn",
    at: "the database's clock",
    message,
    why: "Leases, back-offs and revisions go by the database's clock, tokens and delivery windows by this machine's.",
    remedy: ["See to NTP on both machines: timedatectl status"],
  };
}

const tolerableMs = 2_000;
const graveMs = 60_000;

/** The version of our tables against what this release wants. @param at `the schema syncline` */
export function schemaExamination(migrator: Pick<Migrator, "checkSchema">, at: string): Examination {
  return {
    check: "schema",
    at,
    look: async (_, signal) => {
      const problem = await migrator.checkSchema(signal);
      if (problem === undefined) return [{ level: "ok", at, message: "It is at the version that this release wants." }];
      const why = "Nothing can be recorded, dispatched or delivered with tables of another version.";
      return [{ level: "error", at, message: problem, why, remedy: ["syncline migrate"] }];
    },
  };
}
