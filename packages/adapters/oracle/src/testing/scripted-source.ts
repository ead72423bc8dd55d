import type { OracleBinds, OracleColumn, OracleConnection, OracleResult } from "../driver.ts";
import type { ConnectionSource } from "../pools.ts";

/** What was asked of a connection. */
export interface ScriptedCall {
  readonly connection: number;
  readonly call: "execute" | "executeMany" | "describe" | "commit" | "rollback" | "break" | "close" | "drop";
  readonly text: string;
  readonly binds: OracleBinds;
  readonly rows: readonly object[];
  readonly options: OracleBinds;
}

/** What a statement gives, or an error to throw. `undefined`: nothing. */
export type Script = (
  call: ScriptedCall,
) => OracleResult | Error | undefined | Promise<OracleResult | Error | undefined>;

/**
 * A stand-in at the driver's seam, for what is asked in which order. It takes whatever it is given: that the driver takes it
 * too is shown where the real one is used.
 */
export interface ScriptedSource extends ConnectionSource {
  readonly calls: readonly ScriptedCall[];
  /** `execute SELECT`, `commit`: a word for each call. */
  story(): readonly string[];
}

export function scriptedSource(script: Script): ScriptedSource {
  const calls: ScriptedCall[] = [];
  let opened = 0;
  return {
    calls,
    story: () => calls.map(({ call, text }) => `${call} ${text.split(/\s+/).slice(0, 2).join(" ")}`.trim()),
    getConnection: async () => connectionOf(++opened, calls, script),
    close: async () => {},
  };
}

function connectionOf(connection: number, calls: ScriptedCall[], script: Script): OracleConnection {
  const ask = async (call: ScriptedCall["call"], details: Partial<ScriptedCall> = {}): Promise<OracleResult> => {
    const made = { connection, call, text: "", binds: {}, rows: [], options: {}, ...details };
    calls.push(made);
    const answer = await script(made);
    if (answer instanceof Error) throw answer;
    return answer ?? {};
  };
  return {
    callTimeout: 0,
    execute: (text, binds, options) => ask("execute", { text, binds, options }),
    executeMany: (text, rows, options) => ask("executeMany", { text, rows, options }),
    getStatementInfo: (text) => ask("describe", { text }),
    commit: async () => void (await ask("commit")),
    rollback: async () => void (await ask("rollback")),
    break: async () => void (await ask("break")),
    close: async (options) => void (await ask(options?.drop === true ? "drop" : "close")),
  };
}

/** As the driver makes them of a server's answer. */
export function oracleError(message: string): Error {
  const code = message.split(":")[0] ?? "";
  return Object.assign(new Error(message), { code, errorNum: Number(code.split("-")[1]) });
}

/** The value of a bind that has a type. */
export function boundValue(bind: unknown): unknown {
  return (bind as { readonly val?: unknown }).val;
}

/** As the driver does with each column that it is told of, and then with each value. */
export function fetchedRows(
  columns: readonly OracleColumn[],
  rows: readonly (readonly unknown[])[],
  options: OracleBinds,
): OracleResult {
  const handler = options.fetchTypeHandler as (
    column: OracleColumn,
  ) => { converter?: (value: unknown) => unknown } | undefined;
  const readers = columns.map((column) => handler(column)?.converter);
  return { rows: rows.map((row) => row.map((value, index) => readers[index]?.(value) ?? value)) };
}
