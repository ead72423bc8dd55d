import { type Condition, type QueryResult, type QueryRunner, SynclineError } from "@syncline/core/spi";
import { breathe } from "../suite/expectations.ts";
import type { Breakage } from "./memory-fixture.ts";
import { breakDialect, breakReads, failingReads, type Mutant } from "./mutant.ts";

/** Binds other keys than it was given. */
function bindingKeys(alter: (conditions: readonly Condition[]) => readonly Condition[]): Breakage {
  return breakDialect(({ bindKeys }) => ({ bindKeys: (fields, conditions) => bindKeys(fields, alter(conditions)) }));
}

function yielding(alter: (result: QueryResult) => QueryResult): Breakage {
  return breakReads(({ run }) => ({ run: async (...given) => (await run(...given)).map(alter) }));
}

const keyMutants: readonly Mutant[] = [
  {
    name: "rows are attributed to the key after theirs",
    caughtBy: "every row is attributed to its key, for one, many and no rows",
    breakage: (adapter) => ({
      ...adapter,
      dialect: { ...adapter.dialect, bindKeys: (_fields, [first, ...rest]) => [first ? [...rest, first] : []] },
    }),
  },
  {
    name: "reads a key that is given twice once",
    caughtBy: "a key given twice gets its rows twice",
    breakage: bindingKeys((conditions) => {
      const texts = conditions.map((condition) => JSON.stringify(condition));
      return conditions.filter((_, index) => texts.indexOf(texts[index] ?? "") === index);
    }),
  },
  {
    name: "reads no more keys than an IN takes",
    caughtBy: "a thousand keys read as one set, and each row belongs to its key",
    breakage: bindingKeys((conditions) => conditions.slice(0, 999)),
  },
  ...(
    [
      ["string", "NULL", "null"],
      ["integer", "-1", 1],
      ["decimal", "12345678901234567890.123456789", "12345678901234567000"],
      ["uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"],
      ["date", "2024-02-29", "2024-02-28"],
    ] as const
  ).map(
    ([type, given, bound]): Mutant => ({
      name: `binds a ${type} as another one in a set`,
      caughtBy: `a key of type ${type} reaches the template exactly, as a set and one by one`,
      breakage: bindingKeys((conditions) =>
        conditions.map((condition) => ({ ...condition, ...(String(condition.v) === given && { v: bound }) })),
      ),
    }),
  ),
  {
    name: "binds 64-bit keys as doubles",
    caughtBy: "a key of type bigint reaches the template exactly, as a set and one by one",
    breakage: breakDialect(({ bind }) => ({
      bind: (value, type) => (type === "bigint" ? Number(value) : bind(value, type)),
    })),
  },
  {
    name: "cuts a timestamp's microseconds in a set",
    caughtBy: "a key of type timestamp reaches the template exactly, as a set and one by one",
    breakage: bindingKeys((conditions) =>
      conditions.map((condition) => ({
        ...condition,
        ...(/T.*\.\d{6}Z$/.test(String(condition.v)) && { v: new Date(String(condition.v)).toISOString() }),
      })),
    ),
  },
  {
    name: "finds texts whatever their case",
    caughtBy: "a text key finds exactly its rows, whatever is in it",
    breakage: bindingKeys((conditions) =>
      conditions.map((condition) => ({ ...condition, ...(condition.label === "A" && { label: "a" }) })),
    ),
  },
  {
    name: "binds the first field of a key alone",
    caughtBy: "a key of several fields is one key",
    breakage: bindingKeys((conditions) => {
      const [first] = conditions;
      return conditions.map((condition) => ({ ...first, ...("id" in condition && { id: condition.id }) }));
    }),
  },
];

const resultMutants: readonly Mutant[] = [
  {
    name: "NULL comes out as an empty text",
    caughtBy: "a NULL and an empty text come out as they are",
    breakage: breakReads((runner) => ({
      run: async (statements, limits, signal) =>
        (await runner.run(statements, limits, signal)).map(({ columns, rows }) => ({
          columns,
          rows: rows.map((row) => row.map((value) => value ?? "")),
        })),
    })),
  },
  {
    name: "yields numbers as texts whatever the strategy says",
    caughtBy: "whole numbers travel as numbers where the strategy says so",
    breakage: yielding(({ columns, rows }) => ({
      columns,
      // The first column is the key's position, which is a number always.
      rows: rows.map(([position = null, ...row]) => [
        position,
        ...row.map((value) => (typeof value === "number" ? String(value) : value)),
      ]),
    })),
  },
  {
    name: "yields rows as objects do, each column once",
    caughtBy: "a column's name that is there twice comes back twice, for core to refuse",
    breakage: yielding(({ columns, rows }) => ({
      columns: [...new Set(columns)],
      rows: rows.map((row) => row.filter((_, index) => columns.lastIndexOf(columns[index] ?? "") === index)),
    })),
  },
  {
    name: "leaves out results without rows",
    caughtBy: "a result has its columns, its rows as lists, and one entry for each statement",
    breakage: breakReads(({ run }) => ({
      run: async (...given) => (await run(...given)).filter(({ rows }) => rows.length > 0),
    })),
  },
  {
    name: "takes a template's fault for a value's",
    caughtBy: "what is wrong with a template is the template's fault",
    breakage: failingReads((error) =>
      error.code === "query.invalid" ? new SynclineError("query.data", error.message) : error,
    ),
  },
  {
    name: "reads what it has read before from memory",
    caughtBy: "a read sees what was committed before it began",
    breakage: breakReads(({ run }) => {
      const known = new Map<string, ReturnType<QueryRunner["run"]>>();
      return {
        run: (statements, ...given) => {
          const name = JSON.stringify(statements);
          const results = known.get(name) ?? run(statements, ...given);
          known.set(name, results);
          return results;
        },
      };
    }),
  },
  {
    name: "answers reads that run at once with one another's rows",
    caughtBy: "twenty reads at once all come back",
    breakage: breakReads(({ run }) => {
      let latest: ReturnType<QueryRunner["run"]> | undefined;
      return {
        run: async (...given) => {
          const own = run(...given);
          latest = own;
          await breathe();
          return latest ?? own;
        },
      };
    }),
  },
];

export const composedReadMutants: readonly Mutant[] = [...keyMutants, ...resultMutants];
