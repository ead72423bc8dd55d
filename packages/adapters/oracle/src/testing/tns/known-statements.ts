import type { Place } from "../../sql/names.ts";
import { ownStatements, plainStatements } from "../../sql/registry.ts";
import { type Bind, mostElements, type OwnStatement } from "../../sql/statement.ts";
import { lintStatement } from "../parsing/check-statement.ts";
import type { TnsAnswer, TnsCall, TnsColumn, TnsHandler, TnsReply, TnsValue } from "./call.ts";

/** What a statement of the adapter's does, by its name in the registry. */
export type Behaviour = (call: TnsCall) => TnsAnswer | undefined;

/** Of a query of ours: every column is a text. */
export function textRows(rows: readonly (readonly (string | null)[])[], width = 1): TnsReply {
  const columns = Array.from({ length: rows[0]?.length ?? width }, (_, index): TnsColumn => {
    return { name: `C${index + 1}`, type: "VARCHAR2(4000)" };
  });
  return { columns, rows };
}

/** An array of a block's, of which the driver sent as many elements as it was given. */
export function arrayOf(call: TnsCall, name: string): readonly TnsValue[] {
  const value = call.rows[0]?.[name];
  if (!Array.isArray(value)) throw new Error(`:${name} is no array.`);
  return value;
}

/**
 * Answers the adapter's own statements, each sent with the binds that the registry lists. Anything else has the error that
 * Oracle has for it: of what is wrong with its text, or, with nothing wrong, ORA-00942, as nothing else is there.
 */
export function knownStatements(place: Place, behaviours: { readonly [name: string]: Behaviour }): TnsHandler {
  const own = new Map(ownStatements(place).map((statement) => [statement.text, statement]));
  const plain = new Map(plainStatements(place).map(({ name, text }) => [text, name]));
  return (call) => {
    if (call.kind !== "execute") return behaviours[call.kind]?.(call);
    // TypeORM ends its transactions by statements.
    const ending = /^\s*(COMMIT|ROLLBACK)\s*$/i.exec(call.sql)?.[1]?.toLowerCase();
    if (ending !== undefined) return behaviours[ending]?.(call);
    const statement = own.get(call.sql);
    const name = statement?.name ?? plain.get(call.sql);
    if (statement !== undefined) refuseOtherBinds(statement, call);
    const behaviour = name === undefined ? undefined : behaviours[name];
    if (behaviour !== undefined) return behaviour(call);
    if (name !== undefined && statement?.kind !== "query") return {};
    if (ofTheSession.test(call.sql)) return {};
    const [problem] = lintStatement(call.sql).filter(({ number }) => number !== undefined);
    if (problem === undefined) return { error: { number: 942, message: "table or view does not exist" } };
    return { error: { number: problem.number ?? 900, message: problem.message, offset: problem.offset } };
  };
}

/** What a library says to its session, and no table is named in. */
const ofTheSession = /^\s*(?:ALTER SESSION|SET TRANSACTION)\b/i;

function refuseOtherBinds({ name, binds, kind }: OwnStatement, call: TnsCall): void {
  if (kind !== "rows" && call.rows.length > 1) throw new Error(`${name} was sent ${call.rows.length} rows of values.`);
  for (const sent of call.binds) {
    const bind = binds[sent.name];
    const wanted = bind === undefined ? "nothing" : declarationOf(bind);
    if (sent.elements > mostElements) throw new Error(`:${sent.name} of ${name} has ${sent.elements} elements.`);
    const got = sent.elements > 0 ? `${sent.type}[]` : sent.type;
    if (got !== wanted) throw new Error(`:${sent.name} of ${name} was sent as ${got}, and must be ${wanted}.`);
  }
}

function declarationOf(bind: Bind): string {
  const kind = "in" in bind ? bind.in : bind.out;
  const type = kind.startsWith("text") ? "VARCHAR2" : "NUMBER";
  return kind.endsWith("s") ? `${type}[]` : type;
}
