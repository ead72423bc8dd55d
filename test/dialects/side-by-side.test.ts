import { createQueryComposer } from "@syncline/core";
import type { SqlDialect } from "@syncline/core/spi";
import { oracleDialect } from "@syncline/oracle";
import { postgresDialect } from "@syncline/postgres";
import { sqlServerDialect } from "@syncline/sqlserver";
import { testStrategy } from "@syncline/testkit/makers";
import { expect, it } from "vitest";
import { ownStatements } from "../../packages/adapters/oracle/src/sql/registry.ts";
import { everyStatement } from "../../packages/adapters/sqlserver/src/testing/statement-registry.ts";
import { postgresStatements } from "./postgres-statements.ts";

/** What each statement is for, and its names in the registries of SQL Server and Oracle. */
const roles: readonly (readonly [role: string, sqlServer: readonly string[], oracle: readonly string[]])[] = [
  ["record", ["record-changes"], ["record"]],
  ["take", ["oldest-changes"], ["lock", "take", "delete_taken"]],
  ["take from a flood", [], []],
  ["refuse", [], ["refuse"]],
  ["upsert", ["write-dispatch"], ["upsert"]],
  ["claim", ["claim-due"], ["claim"]],
  ["renew", ["renew-leases"], ["renew"]],
  ["settle", ["settle-deliveries"], ["settle"]],
  ["hasten", [], []],
  ["strategies", ["load-strategies"], ["strategies"]],
  ["status", ["backlog-status"], ["status"]],
  ["dead letters", ["dead-letters"], ["dead_letters"]],
  ["causes of death", ["dead-causes"], ["dead_causes"]],
  ["keep an operation", [], ["keep_operation"]],
  ["list operations", ["list-operations"], ["list_operations"]],
  ["versions of a strategy", ["strategy-history"], ["strategy_history"]],
  ["find changes", [], []],
  ["find refused", [], []],
  ["find deliveries", [], []],
  ["requeue", ["requeue-dead-letters"], ["requeue"]],
  ["discard", ["discard-dead-letters"], ["discard"]],
  ["pause", ["pause-strategy"], ["pause"]],
  ["resume", ["resume-strategy"], ["resume"]],
  ["readmit", ["readmit-refused"], ["readmit"]],
  ["attend", ["attend"], ["withdraw", "attend", "attendance"]],
  ["stranded", ["list-stranded"], ["stranded"]],
  ["move stranded", ["move-stranded"], ["move_stranded"]],
  ["discard stranded", ["discard-stranded"], ["discard_stranded"]],
  ["backfill", ["backfill-changes"], ["backfill"]],
  ["begin a kept backfill", [], []],
  ["list kept backfills", [], []],
  ["lease a kept backfill", [], []],
  ["renew its lease", [], []],
  ["keep where it stands", [], []],
  ["pause, cancel or fail it", [], []],
  ["what waits of its strategy", [], []],
];

const template = `SELECT o.id, o.total, c.email AS "customer.email"
  FROM orders o JOIN customers c ON c.id = o.customer_id
 WHERE o.id = :orderId AND o.status = 'PAID'`;

it("docs/statements.md has the statements of the three adapters side by side, as they are", async () => {
  const postgres = postgresStatements(`"syncline"`);
  const sqlServer = everyStatement("syncline");
  const oracle = ownStatements({ schema: undefined, prefix: "syncline_" });
  const rows = roles.map(([role, inSqlServer, inOracle]) => [
    role,
    found(role, postgres[role]),
    textsOf(
      sqlServer.map(({ name, text, bodies }) => ({ name, text: bodies?.join("\n\n") ?? text })),
      inSqlServer,
    ),
    textsOf(oracle, inOracle),
  ]);
  const composed = [postgresDialect, sqlServerDialect, oracleDialect].map(composedBy);
  const table = [["a template, composed for any number of keys", ...composed], ...rows].map(rowOf).join("\n");
  await expect(`${head}${table}\n</table>\n`).toMatchFileSnapshot("../../docs/statements.md");
});

const head = `# The adapters' statements, side by side

Written by \`test/dialects/side-by-side.test.ts\` (\`npx vitest run test/dialects -u\`), and compared with the adapters in every
\`npm test\`. Why each of them is as it is stands beside it in the code. SQL Server's are shown without
what calls them; its write of a dispatch keeps the refused apart as well.

<table>
<tr><th></th><th>PostgreSQL</th><th>SQL Server</th><th>Oracle</th></tr>
`;

function rowOf([role = "", ...texts]: readonly string[]): string {
  const cells = texts.map((text) => `<td valign="top">\n\n\`\`\`sql\n${text.trim()}\n\`\`\`\n\n</td>`);
  return `<tr><td valign="top">${role}</td>\n${cells.join("\n")}\n</tr>`;
}

function textsOf(
  registry: readonly { readonly name: string; readonly text: string }[],
  names: readonly string[],
): string {
  return names.map((name) => found(name, registry.find((each) => each.name === name)?.text)).join("\n\n");
}

function found(name: string, text: string | undefined): string {
  if (text === undefined) throw new Error(`there is no statement "${name}"`);
  return text;
}

function composedBy(dialect: SqlDialect): string {
  const composer = createQueryComposer(dialect);
  const { statements } = composer.compose(strategy, [{ orderId: "42" }, { orderId: "43" }]);
  return statements.map(({ text }) => text).join("\n");
}

const strategy = testStrategy({ query: template });
