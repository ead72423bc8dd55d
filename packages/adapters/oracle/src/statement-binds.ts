import oracledb from "oracledb";
import type { OracleBinds } from "./driver.ts";
import { type Bind, mostElements, type OwnStatement } from "./sql/statement.ts";

/** The value of each IN bind: a text or number or NULL, or an array of them for PL/SQL. */
export type BindValues = { readonly [name: string]: BindValue | readonly BindValue[] };
export type BindValue = string | number | null;

/** The longest key, in bytes of UTF-8, is 1,200; a condition's own spelling and messages have up to 4,000. */
const textBytes = 4_000;

/** For `execute`. Types are always given: what is NULL has none of its own. */
export function bindsOf(statement: OwnStatement, values: BindValues): OracleBinds {
  const binds: { [name: string]: unknown } = {};
  for (const [name, bind] of Object.entries(statement.binds)) binds[name] = bindOf(bind, values[name]);
  return binds;
}

/** For `executeMany`: without definitions, the first row would decide how long the values of all may be. */
export function bindDefinitions(statement: OwnStatement): OracleBinds {
  const definitions: { [name: string]: unknown } = {};
  for (const [name, bind] of Object.entries(statement.binds)) {
    const isText = "in" in bind && bind.in === "text";
    definitions[name] = isText
      ? { dir: oracledb.BIND_IN, type: oracledb.DB_TYPE_VARCHAR, maxSize: textBytes }
      : { dir: oracledb.BIND_IN, type: oracledb.DB_TYPE_NUMBER };
  }
  return definitions;
}

function bindOf(bind: Bind, value: BindValues[string] | undefined): OracleBinds {
  if ("in" in bind) {
    // Always as a CLOB: a text that is a LONG at one length and none at another would be two statements to the driver.
    if (bind.in === "long") return { dir: oracledb.BIND_IN, type: oracledb.DB_TYPE_CLOB, val: value ?? null };
    const type = bind.in.startsWith("text") ? oracledb.DB_TYPE_VARCHAR : oracledb.DB_TYPE_NUMBER;
    const val = value ?? null;
    if (!Array.isArray(val)) return { dir: oracledb.BIND_IN, type, val };
    // The driver sizes an IN array by its elements, whatever else it is told, so arrays of another length are bound anew.
    const sizes = bind.in === "texts" ? { maxSize: textBytes } : {};
    return { dir: oracledb.BIND_IN, type, val: [...val], ...sizes };
  }
  if (bind.out === "number") return { dir: oracledb.BIND_OUT, type: oracledb.DB_TYPE_NUMBER };
  const text = { dir: oracledb.BIND_OUT, type: oracledb.DB_TYPE_VARCHAR, maxSize: bind.bytes };
  return bind.out === "texts" ? { ...text, maxArraySize: mostElements } : text;
}
