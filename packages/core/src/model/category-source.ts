import { checkShape, isPlainObject, type OptionCheck, show } from "./option-checks.ts";
import { type Problem, placeIn } from "./problem.ts";

/**
 * The table whose rows a category is about. Names are as SQL has them: in quotes where the database
 * needs quotes (`shop."Order Lines"`).
 */
export interface CategorySource<Field extends string = string> {
  /** `shop.orders`: with its schema where the database has schemas. */
  readonly table: string;
  /** The columns of key fields that are called otherwise: `{ orderId: "id" }`. */
  readonly columns?: { readonly [Each in Field]?: string };
  /**
   * An UPDATE is captured only where one of these columns, or the key, has another value
   * afterwards. What strategies read and is not listed is not sent when it changes. Default: every
   * UPDATE is captured.
   */
  readonly updateOf?: readonly string[];
}

/** The column that stands for a key field, as the source says it. */
export function sourceColumn({ columns }: CategorySource, field: string): string {
  return columns !== undefined && Object.hasOwn(columns, field) ? (columns[field] ?? field) : field;
}

const mostCharacters = 300;

const name: OptionCheck = (value) =>
  typeof value === "string" && value !== "" && value.length <= mostCharacters && !value.includes("\u0000")
    ? undefined
    : `It must be a name of 1 to ${mostCharacters} characters, not ${show(value)}.`;

/** What is wrong with the source of a category that has these fields. */
export function sourceProblems(source: unknown, fields: readonly string[]): readonly Problem[] {
  const problems = checkShape(source, {
    table: { check: name, required: true },
    columns: {
      check: (value) => (isPlainObject(value) ? undefined : `It must be an object such as { id: "order_id" }.`),
    },
    updateOf: {
      check: (value) => (Array.isArray(value) && value.length > 0 ? undefined : "It must be a list of columns' names."),
    },
  });
  if (!isPlainObject(source)) return problems;
  const { columns, updateOf } = source;
  return [
    ...problems,
    ...(isPlainObject(columns) ? columnProblems(columns, fields) : []),
    ...(Array.isArray(updateOf) ? updateOf.flatMap((value, index) => nameProblem(`updateOf[${index}]`, value)) : []),
  ];
}

function columnProblems(columns: { readonly [name: string]: unknown }, fields: readonly string[]): readonly Problem[] {
  return Object.entries(columns).flatMap(([field, value]) =>
    fields.includes(field)
      ? nameProblem(placeIn("columns", field), value)
      : [
          {
            at: placeIn("columns", field.slice(0, 64)),
            message: `The category has no such key field; it has ${fields.join(", ")}.`,
          },
        ],
  );
}

function nameProblem(at: string, value: unknown): readonly Problem[] {
  const message = name(value);
  return message === undefined ? [] : [{ at, message }];
}
