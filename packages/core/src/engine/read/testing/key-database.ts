import { testStrategy } from "@syncline/testkit/makers";
import type { ComposeForm, QueryComposer } from "../../../contracts/query-composer.ts";
import type { QueryLimits, QueryResult, QueryRunner, Statement } from "../../../contracts/query-runner.ts";
import { category } from "../../../model/category.ts";
import { type ErrorCode, SynclineError } from "../../../model/errors.ts";
import type { StrategyOptions } from "../../../model/strategy.ts";
import type { KeyReading } from "../key-reading.ts";
import { ReadPlans } from "../read-plans.ts";
import { readKeys } from "../reader.ts";

const thing = category("thing", { id: "integer" });
const never = new AbortController().signal;

/** How one read ends: an error's code, or nothing if it ends well. */
export type Fault = (
  form: ComposeForm,
  ids: readonly number[],
  limits: QueryLimits,
  /** The type that the keys are bound as, where the database was asked. */
  type?: string,
) => ErrorCode | undefined;

interface Setting {
  readonly fault?: Fault;
  /** What the database says of the template once it is asked; absent: it cannot be asked. */
  readonly estimate?: (form: ComposeForm) => number | undefined;
  /** The type that the database says the key has. */
  readonly type?: () => string;
  /** How many rows a key has. */
  readonly rows?: (id: number) => number;
  readonly answers?: (result: QueryResult) => QueryResult;
  readonly strategy?: Partial<StrategyOptions>;
}

export const whole = (rows: QueryResult["rows"]): QueryResult => ({ columns: ["#", "present", "v"], rows });

/** A database of keys, which logs what it is asked to read. */
export function database({
  fault = () => undefined,
  estimate,
  type,
  rows = () => 1,
  answers = (result) => result,
  ...more
}: Setting) {
  const reads: string[] = [];
  const composer: QueryComposer = {
    check: () => [],
    compose: ({ compose }, conditions, { form = compose === "set" ? "joined" : compose, description } = {}) => {
      const ids = conditions.map(({ id }) => Number(id));
      const text = [form, ...(description?.types ?? [])].join(" ");
      if (form !== "each") return { mode: "set", statements: [{ text, parameters: ids }] };
      return { mode: "each", statements: ids.map((id) => ({ text, parameters: [id] })) };
    },
    probe: () => ({ text: "", sharedText: "", occurrences: [{ name: "id", type: "integer" }] }),
  };
  const read = (statement: Statement): QueryResult =>
    answers(whole(statement.parameters.flatMap((id, position) => rowsOf(position, rows(Number(id))))));
  const queryRunner: QueryRunner = {
    run: async (statements, limits) => {
      const [form, type] = formAndType(statements[0]);
      const ids = statements.flatMap(({ parameters }) => parameters.map(Number));
      reads.push(`${form} ${ids.join()}`);
      const code = fault(form, ids, limits, type);
      if (code !== undefined) throw new SynclineError(code, `The ${form} read of ${ids.join()} failed.`);
      return statements.map(read);
    },
    ...(estimate !== undefined && {
      estimate: async (statements: readonly Statement[]) =>
        statements.map((statement) => estimate(formAndType(statement)[0])),
    }),
    ...(type !== undefined && { describe: async () => ({ types: [type()], equality: {}, problems: [] }) }),
  };
  const parts = { composer, runnerOf: () => queryRunner };
  const plans = new ReadPlans({ ...parts, now: () => 0 });
  const strategy = testStrategy({ category: thing, ...more.strategy });
  const keys = (...ids: readonly number[]) => ids.map((id) => thing.changed({ id }).key);
  const readTexts = (given: readonly string[], maxBytes = 1_000_000) =>
    readKeys({ ...parts, plans }, strategy, given, { maxBytes, signal: never });
  return { reads, keys, readKeys: readTexts, read: (...ids: readonly number[]) => readTexts(keys(...ids)) };
}

function formAndType(statement: Statement | undefined): readonly [ComposeForm, string | undefined] {
  const [form, type] = (statement?.text ?? "").split(" ");
  return [form as ComposeForm, type];
}

function rowsOf(position: number, count: number): QueryResult["rows"] {
  if (count === 0) return [[position, null, null]];
  return Array.from({ length: count }, (_, index) => [position, true, index]);
}

/** `rows`, or why there are none. */
export function told(readings: readonly KeyReading[]): readonly string[] {
  return readings.map((reading) => {
    if (reading.result === "rows") return `${reading.rows.length}`;
    if (reading.result === "deferred") return "deferred";
    return `${reading.result} ${reading.failure.kind} ${reading.failure.code}`;
  });
}

export const eight = [1, 2, 3, 4, 5, 6, 7, 8];
export const times = (count: number, text: string) => Array.from({ length: count }, () => text);
/** The database takes every form. */
export const accepted = () => 1;
/** Any read of one of these keys ends so. */
export const bad =
  (code: ErrorCode, ...keys: readonly number[]): Fault =>
  (_, ids) =>
    ids.some((id) => keys.includes(id)) ? code : undefined;
