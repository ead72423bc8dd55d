import { createHash } from "node:crypto";
import type { AnswerRow, Takes } from "@syncline/core/adapter-kit";
import type { ParameterType, RowsType } from "./parameters.ts";

/** A statement of ours, with the name under which a connection may keep it prepared. */
export interface OwnStatement {
  /** Holds a digest of the text: two schemas or two versions may share one connection. At most 63 bytes. */
  readonly name: string;
  readonly text: string;
}

export function ownStatement(role: string, text: string): OwnStatement {
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return { name: `syncline_${role}_${digest}`, text };
}

/** One whose parameters have names. */
export interface NamedStatement extends OwnStatement {
  /** In the order of `$1`, `$2`, … */
  values(given: object): readonly unknown[];
  /** It finds rows by their keys, and is planned so: see `Connections.runByKeys`. */
  readonly byKeys: boolean;
  /** Makes of its rows what the kit reads, where they come in another form. */
  answer?(rows: readonly AnswerRow[]): readonly AnswerRow[];
}

/** Of a statement that finds rows by their keys: see `NamedStatement.byKeys`. */
export const byKeys = { byKeys: true } as const;

type Types = { readonly [name: string]: ParameterType<never> | RowsType<never> };

type Given<Parameters extends Types> = {
  readonly [Name in keyof Parameters]: Parameters[Name] extends ParameterType<infer Value>
    ? Value
    : Parameters[Name] extends RowsType<infer Row>
      ? readonly Row[]
      : never;
};

/**
 * How the text names its parameters: `$1::bigint`; rows as a table with an alias, and where asked
 * their number from 1.
 */
export type Places<Parameters extends Types> = {
  readonly [Name in keyof Parameters]: Parameters[Name] extends RowsType<never>
    ? (alias: string, number?: string) => string
    : string;
};

/** A statement and the parameters that its text names, so that no position is counted by hand. */
export function statement<Parameters extends Types>(
  role: string,
  parameters: Parameters,
  textOf: (places: Places<Parameters>) => string,
  rest: Partial<Pick<NamedStatement, "byKeys" | "answer">> = {},
): NamedStatement & Takes<Given<Parameters>> {
  let count = 0;
  const next = () => {
    count += 1;
    return count;
  };
  const named = Object.entries(parameters) as readonly (readonly [string, ParameterType<unknown> | RowsType<object>])[];
  const places = named.map(([name, type]) => [name, type.place(next)] as const);
  return {
    ...ownStatement(role, textOf(Object.fromEntries(places) as Places<Parameters>)),
    values: (given) => {
      const values: unknown[] = [];
      for (const [name, type] of named) type.add(values, (given as { readonly [name: string]: never })[name] as never);
      return values;
    },
    byKeys: false,
    ...rest,
  };
}
