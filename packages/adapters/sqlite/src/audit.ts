import { userInfo } from "node:os";
import { type AuditStatements, ask, auditColumns, type OperatorRecordGiven } from "@syncline/core/adapter-kit";
import { spelling } from "./spelling.ts";
import { answering, changing, type SqliteStatementText } from "./sql-driver.ts";
import type { Sql } from "./store.ts";

const insert =
  changing<object>(`INSERT INTO syncline_operation (login, actor, action, strategy, reason, selection, count)
VALUES (@login, @actor, @action, @strategy, @reason, @selection, @count)`);

/** SQLite knows no logins: the process's user is who may read and write the file. */
function login(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}

/** In a transaction that has begun. */
export function keepOperation(sql: Sql, record: OperatorRecordGiven): void {
  sql.run(insert.text, { login: login(), ...record });
}

export const auditStatements: AuditStatements<SqliteStatementText> = {
  keep: (given) => ask(insert, { login: login(), ...given }),
  list: answering(`SELECT ${auditColumns.select(spelling, {
    as: { at: "acted_at", actor: "coalesce(actor, login)" },
  })}
  FROM syncline_operation
 WHERE id < CAST(@before AS INTEGER)
   AND (@action IS NULL OR action = @action) AND (@strategy IS NULL OR strategy = @strategy)
 ORDER BY syncline_operation.id DESC LIMIT @limit`),
};
