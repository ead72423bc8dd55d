import type { DatabaseRole } from "@syncline/core/spi";

/** A right in Syncline's schema. `columns`: on these alone, where the whole table would be too much. */
export interface Grant {
  readonly kind: "SCHEMA" | "SEQUENCE" | "TABLE";
  readonly name: string;
  readonly right: string;
  readonly columns?: readonly string[];
}

const usage: Grant = { kind: "SCHEMA", name: "", right: "USAGE" };

function on(name: string, ...rights: readonly string[]): readonly Grant[] {
  return rights.map((right) => ({ kind: "TABLE", name, right }));
}

function columnsOf(name: string, right: string, ...columns: readonly string[]): Grant {
  return { kind: "TABLE", name, right, columns };
}

const all = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/** What `sql/roles.sql` grants, role by role; a test holds both against each other. */
export const neededRights: { readonly [Role in DatabaseRole]: readonly Grant[] } = {
  worker: [
    usage,
    ...on("migration", "SELECT"),
    ...on("change", "SELECT", "DELETE"),
    columnsOf("change", "INSERT", "category", "condition", "operation", "strategy", "recorded_at"),
    ...on("delivery", ...all),
    { kind: "SEQUENCE", name: "revision", right: "USAGE" },
    { kind: "SEQUENCE", name: "revision", right: "UPDATE" },
    ...on("dispatcher", "SELECT"),
    columnsOf("dispatcher", "UPDATE", "id"),
    ...on("refused", "SELECT", "INSERT", "DELETE"),
    ...on("pause", "SELECT", "INSERT", "DELETE"),
    ...on("worker", ...all),
    ...on("backfill", "SELECT", "INSERT", "UPDATE"),
    ...on("operation", "SELECT"),
    columnsOf("operation", "INSERT", "actor", "action", "strategy", "reason", "selection", "count"),
    ...on("strategy", "SELECT"),
    ...on("strategy_history", "SELECT"),
    ...on("category", "SELECT"),
  ],
  recorder: [usage, columnsOf("change", "INSERT", "category", "condition", "operation")],
  reader: [],
  editor: [usage, ...on("strategy", ...all), ...on("category", ...all), ...on("strategy_history", "SELECT")],
  // Every table, as GRANT SELECT ON ALL TABLES says.
  monitor: [usage, ...on("*", "SELECT")],
};

/** As `sql/roles.sql` names them. */
export const usualNames: { readonly [Role in DatabaseRole]: string } = {
  worker: "syncline_worker",
  recorder: "syncline_recorder",
  reader: "syncline_reader",
  editor: "syncline_editor",
  monitor: "syncline_monitor",
};
