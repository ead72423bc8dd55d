import { isTlsCode, networkErrorCodes, visibleText } from "@syncline/core/adapter-kit";
import { isSynclineError, SynclineError } from "@syncline/core/spi";
import { codeOf, messageOf, mostCharacters, sqlStateOf, translateError } from "./errors.ts";

const login = "Check the user, the password (also whether it has expired) and pg_hba.conf.";

/** By SQLSTATE: what somebody has to mend before the server takes this login. */
const toMend: ReadonlyMap<string, string> = new Map([
  ["28P01", login],
  ["28000", login],
  ["3D000", "Check the database's name."],
  ["42501", "GRANT CONNECT ON DATABASE … TO the role."],
  ["55000", "ALTER DATABASE … ALLOW_CONNECTIONS true, or wait for whoever keeps it closed."],
]);
const refuses = "The server refuses the login.";

/** They pass by themselves: the server starts, stops, is short of something, or in trouble. */
const passing = /^(08|40|53|55P|57|XX)/;
const tooMany = "Give the pools fewer connections, or raise max_connections or a CONNECTION LIMIT.";

/** The driver's own words. */
const byMessage: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/does not support SSL/i, "Check the option ssl, or what stands between here and the server."],
  [/^SASL/, "Check the password: the server asks for one."],
];

/**
 * What `pg` and the server throw instead of giving a connection. A state may mean something else
 * there than where a statement fails: a missing right is the login's. All of it is tried again, at
 * start as in mid-run, but for options that cannot be.
 */
export function translateConnectError(error: unknown): SynclineError {
  if (isSynclineError(error)) return error;
  const state = sqlStateOf(error);
  const advice = state === undefined ? driverAdvice(error) : stateAdvice(state);
  if (advice === undefined) return translateError(error);
  const words = `PostgreSQL: ${visibleText(messageOf(error), mostCharacters)}${state === undefined ? "" : ` (SQLSTATE ${state})`}`;
  const needsPerson = state === undefined || !passing.test(state);
  const sentence = `${words}. ${needsPerson ? "Somebody has to mend this. " : ""}${advice}`;
  return new SynclineError("database.unavailable", sentence, { cause: error, needsPerson });
}

function stateAdvice(state: string): string | undefined {
  if (!passing.test(state)) return toMend.get(state) ?? refuses;
  return state === "53300" ? tooMany : undefined;
}

function driverAdvice(error: unknown): string | undefined {
  const code = codeOf(error) ?? "";
  if (isTlsCode(code) && !networkErrorCodes.has(code)) return "Check the server's certificate, and the option ssl.";
  return byMessage.find(([pattern]) => pattern.test(messageOf(error)))?.[1];
}
