import type { QueryResult, QueryRunner, Statement, WireValue } from "@syncline/core/spi";
import type { Breakage } from "./memory-fixture.ts";
import { breakDialect, breakReads, type Mutant } from "./mutant.ts";

type Row = readonly WireValue[];

const everyKeyAnswers = "every key answers: with its rows, or that it has none";
const columnsInOrder = "first comes a key's position, then whether there is a row, then the template's columns";
const typesBind = "what is said of a template's parameters binds, in every form";
const formsAreTaken = "every form is a statement that the database takes, and says so where it can estimate";

/** Changes the rows of statements that answer for keys. */
function answering(alter: (rows: readonly Row[], statements: number) => readonly Row[]): Breakage {
  return breakReads(({ run }) => ({
    run: async (statements, ...given) => {
      const results = await run(statements, ...given);
      return results.map((result) => withRows(result, (rows) => alter(rows, statements.length)));
    },
  }));
}

function withRows(result: QueryResult, alter: (rows: readonly Row[]) => readonly Row[]): QueryResult {
  return result.columns[1] === "present" ? { ...result, rows: alter(result.rows) } : result;
}

const isRow = ([, present]: Row): boolean => present !== null;
const noneOf = ([position = null, , ...values]: Row): Row => [position, null, ...values.map(() => null)];

const answerMutants: readonly Mutant[] = [
  {
    name: "loses rows behind a guard: keys without rows do not answer",
    caughtBy: everyKeyAnswers,
    breakage: answering((rows) => rows.filter(isRow)),
  },
  {
    name: "answers for half of the keys",
    caughtBy: everyKeyAnswers,
    breakage: answering((rows) => rows.filter(([position]) => Number(position) % 2 === 0)),
  },
  {
    name: "reads in a session that sees nothing, and returns no rows at all",
    caughtBy: everyKeyAnswers,
    breakage: answering(() => []),
  },
  {
    name: "reads in a session that sees nothing, and says so of every key",
    caughtBy: everyKeyAnswers,
    breakage: answering((rows) =>
      rows.filter(([position], index) => rows.findIndex(([one]) => one === position) === index).map(noneOf),
    ),
  },
  {
    name: "answers for no key without rows, one by one only",
    caughtBy: everyKeyAnswers,
    breakage: answering((rows, statements) => (statements > 1 ? rows.filter(isRow) : rows)),
  },
  {
    name: "says that there is none beside a key's rows",
    caughtBy: everyKeyAnswers,
    breakage: answering((rows) => rows.flatMap((row) => (isRow(row) ? [row, noneOf(row)] : [row]))),
  },
  {
    name: "says twice of a key that it has no row",
    caughtBy: everyKeyAnswers,
    breakage: answering((rows) => rows.flatMap((row) => (isRow(row) ? [row] : [row, row]))),
  },
  {
    name: "answers for a key that is given twice once",
    caughtBy: everyKeyAnswers,
    breakage: answering((rows) => {
      const printed = rows.map(([, ...row]) => JSON.stringify(row));
      return rows.filter((_, index) => printed.indexOf(printed[index] ?? "") === index);
    }),
  },
  {
    name: "has a value in the row of a key without rows",
    caughtBy: everyKeyAnswers,
    breakage: answering((rows) => rows.map((row) => (isRow(row) ? row : [...row.slice(0, -1), ""]))),
  },
  {
    name: "answers nothing where there is no row at all",
    caughtBy: "every key of an empty table answers that it has none",
    breakage: answering((rows) => (rows.some(isRow) ? rows : [])),
  },
  {
    name: "answers for the first thousand keys",
    caughtBy: "every key of a large set answers, whether there are rows for all, for some or for none",
    breakage: answering((rows) => rows.filter(([position]) => Number(position) < 1_000)),
  },
  {
    name: "answers for the first hundred of the keys that have no rows",
    caughtBy: "every key of a large set answers, whether there are rows for all, for some or for none",
    breakage: answering((rows) => {
      let absent = 0;
      return rows.filter((row) => {
        if (!isRow(row)) absent += 1;
        return isRow(row) || absent <= 100;
      });
    }),
  },
];

const columnMutants: readonly Mutant[] = [
  {
    name: "leaves the second column out",
    caughtBy: columnsInOrder,
    breakage: breakReads(({ run }) => ({
      run: async (...given) =>
        (await run(...given)).map((result) =>
          result.columns[1] === "present"
            ? {
                columns: result.columns.filter((_, index) => index !== 1),
                rows: result.rows.map((row) => row.filter((_, index) => index !== 1)),
              }
            : result,
        ),
    })),
  },
  {
    name: "takes a row of NULLs for none",
    caughtBy: columnsInOrder,
    breakage: answering((rows) =>
      rows.map((row) => (row.slice(2).every((value) => value === null) ? noneOf(row) : row)),
    ),
  },
  {
    name: "gives positions as texts",
    caughtBy: columnsInOrder,
    breakage: answering((rows) => rows.map(([position, ...row]) => [String(position), ...row])),
  },
  {
    name: "counts positions from one",
    caughtBy: columnsInOrder,
    breakage: answering((rows) => rows.map(([position, ...row]) => [Number(position) + 1, ...row])),
  },
];

/** Another column where a template is read in this form. */
function readingIds(form: "joined" | "fenced" | "each"): Breakage {
  const other = (template: string): string => template.replace("i.label AS", "i.id AS");
  return breakDialect(({ joinLateral, attest }) => ({
    joinLateral: (template, fields, own) => joinLateral(own === form ? other(template) : template, fields, own),
    attest: (template) => attest(form === "each" ? other(template) : template),
  }));
}

/** The memory database describes nothing: a description of its own, which may be wrong. */
function describing(describe: QueryRunner["describe"], isNative = true): Breakage {
  return (adapter, store) => {
    const nativeParameter = (position: number) => `?${position}`;
    const { parameter } = adapter.dialect;
    const dialect = {
      ...adapter.dialect,
      ...(isNative && { nativeParameter }),
      parameter: (...given: Parameters<typeof parameter>) => (given[2] === "unknown" ? "?" : parameter(...given)),
    };
    return breakReads(() => (describe === undefined ? {} : { describe }))({ ...adapter, dialect }, store);
  };
}

const typeMutants: readonly Mutant[] = [
  {
    name: "describes each field once, however often it occurs",
    caughtBy: typesBind,
    breakage: describing(async () => ({ types: [undefined, undefined], equality: {}, problems: [] })),
  },
  {
    name: "describes a template of a table that is not there",
    caughtBy: typesBind,
    breakage: describing(async ({ occurrences }) => ({
      types: occurrences.map(() => undefined),
      equality: {},
      problems: [],
    })),
  },
  {
    name: "finds fault with the keys of every template",
    caughtBy: typesBind,
    breakage: describing(async ({ occurrences }) => ({
      types: occurrences.map(() => undefined),
      equality: {},
      problems: [{ at: "query", message: "It is too long." }],
    })),
  },
  {
    name: "tells of parameters in its own words that it takes in no statement",
    caughtBy: typesBind,
    breakage: describing(async ({ occurrences }) => ({
      types: occurrences.map(() => "unknown"),
      equality: {},
      problems: [],
    })),
  },
  {
    name: "has native parameters, and describes nothing by them",
    caughtBy: typesBind,
    breakage: describing(undefined),
  },
];

const estimateMutants: readonly Mutant[] = [
  {
    name: "refuses what is fenced",
    caughtBy: formsAreTaken,
    breakage: breakDialect(({ joinLateral }) => ({
      joinLateral: (template, fields, form) => (form === "fenced" ? "FENCE" : joinLateral(template, fields, form)),
    })),
  },
  {
    name: "estimates what it would refuse",
    caughtBy: formsAreTaken,
    breakage: estimating((statements) => statements.map(() => 1)),
  },
  {
    name: "leaves out of its estimates what it refuses",
    caughtBy: formsAreTaken,
    breakage: estimating((statements) => statements.filter(isTaken).map(() => 1)),
  },
  {
    name: "estimates nothing to be anything but a number",
    caughtBy: formsAreTaken,
    breakage: estimating((statements) => statements.map((one) => (isTaken(one) ? Number.NaN : undefined))),
  },
];

function estimating(estimate: (statements: readonly Statement[]) => readonly (number | undefined)[]): Breakage {
  return breakReads(() => ({ estimate: async (statements) => estimate(statements) }));
}

function isTaken({ text }: Statement): boolean {
  return !text.includes("there_is_no_such_table");
}

export const attestedReadMutants: readonly Mutant[] = [
  ...answerMutants,
  ...columnMutants,
  ...(["joined", "fenced", "each"] as const).map((form) => ({
    name: `reads another column where a template is ${form === "each" ? "run one by one" : form}`,
    caughtBy: "every form gives the same rows",
    breakage: readingIds(form),
  })),
  ...typeMutants,
  ...estimateMutants,
];
