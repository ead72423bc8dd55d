import { mostDefinitionBytes, mostDefinitions, mostDefinitionsBytes } from "@syncline/core/adapter-kit";
import { keepOperation, recordParameter } from "./audit.ts";
import { binary } from "./column-types.ts";
import { batchOf, callOf, type OwnStatement, singleStatement } from "./statement.ts";

const name = `nvarchar(128) ${binary} NOT NULL`;

/** Categories and their revision. One row at least: see `loadStrategies`, also for what is too large. */
export function loadCategories(schema: string): OwnStatement {
  const tooLarge = `c.bytes > ${2 * mostDefinitionBytes} OR c.total > ${2 * mostDefinitionsBytes}`;
  return atOneRevision(schema, {
    name: "load-categories",
    held: `name ${name} PRIMARY KEY, definition nvarchar(max) NOT NULL, bytes bigint`,
    columns: "name, definition, bytes",
    read: `SELECT c.name, CASE WHEN ${tooLarge} THEN N'{}' ELSE c.definition END, CASE WHEN ${tooLarge} THEN c.bytes END
  FROM (SELECT m.name, m.definition, m.bytes,
               SUM(CASE WHEN m.bytes > ${2 * mostDefinitionBytes} THEN 0 ELSE m.bytes END) OVER (ORDER BY m.name ROWS UNBOUNDED PRECEDING) AS total
          FROM (SELECT TOP (${mostDefinitions}) name, definition, CAST(DATALENGTH(definition) AS bigint) AS bytes
                  FROM ${schema}.category ORDER BY name) AS m) AS c`,
    order: "name",
  });
}

/** All rows of both tables, and their revision. One row at least. */
export function listDefinitions(schema: string): OwnStatement {
  return atOneRevision(schema, {
    name: "list-definitions",
    held: `kind varchar(8) NOT NULL, name ${name}, definition nvarchar(max) NOT NULL, enabled bit NOT NULL, PRIMARY KEY (kind, name)`,
    columns: "kind, name, definition, enabled",
    read: `SELECT 'category', c.name, c.definition, 1 FROM ${schema}.category AS c
UNION ALL
SELECT 'strategy', s.name, s.definition, s.enabled FROM ${schema}.strategy AS s`,
    order: "kind, name",
  });
}

interface Reading {
  readonly name: string;
  readonly held: string;
  readonly columns: string;
  readonly read: string;
  readonly order: string;
}

/** Read again until no edit was committed in between, and without a lock that an editor would wait for. */
function atOneRevision(schema: string, { name, held, columns, read, order }: Reading): OwnStatement {
  const list = columns.split(", ").map((column) => `r.${column}`);
  return singleStatement(
    name,
    `DECLARE @revision bigint, @again bigint;
DECLARE @row TABLE (${held});
SELECT @again = strategies_revision FROM ${schema}.dispatcher WHERE id = 1;
WHILE @again IS NOT NULL AND (@revision IS NULL OR @again <> @revision)
BEGIN
SET @revision = @again;
DELETE FROM @row;
INSERT INTO @row (${columns})
${read};
SELECT @again = strategies_revision FROM ${schema}.dispatcher WHERE id = 1;
END;
SELECT @revision, ${list.join(", ")}
  FROM (SELECT 1 AS one) AS always
  LEFT JOIN @row AS r ON 1 = 1
 ORDER BY ${order};`,
  );
}

/**
 * All edits, if `@revision` is still the one of the tables, otherwise none: `@edits` is a JSON array
 * of `{ k: kind, n: name, d: definition, or null: to be removed, e: enabled }`. Returns the
 * revision that was found.
 *
 * In one batch, which locks the dispatcher's row first: an edit that went back to its client in
 * between would let a frozen one stop every dispatch.
 */
export function editDefinitions(schema: string): OwnStatement {
  const types = { edits: "nvarchar(max)", revision: "bigint", ...recordParameter } as const;
  const body = `BEGIN TRANSACTION;
DECLARE @found bigint;
DECLARE @edit TABLE (kind varchar(8) NOT NULL, name ${name}, definition nvarchar(max), enabled bit NOT NULL, PRIMARY KEY (kind, name));
SELECT @found = strategies_revision FROM ${schema}.dispatcher WITH (ROWLOCK, UPDLOCK) WHERE id = 1;
IF @found = @revision
INSERT INTO @edit (kind, name, definition, enabled)
SELECT j.k, j.n, j.d, j.e
  FROM OPENJSON(@edits) WITH (k varchar(8) '$.k', n nvarchar(128) '$.n', d nvarchar(max) '$.d', e bit '$.e') AS j;
${put(schema, "category", "definition = e.definition", "name, definition", "e.name, e.definition")}
${put(
  schema,
  "strategy",
  "definition = e.definition, enabled = e.enabled",
  "name, definition, enabled",
  "e.name, e.definition, e.enabled",
)}
${keepOperation(schema, "(SELECT COUNT_BIG(*) FROM @edit)")}
COMMIT TRANSACTION;
SELECT @found;`;
  return batchOf("edit-definitions", forActor(callOf(body, types)), [body], types);
}

/** The history names whom it was for. The connection's next user edits for nobody, come what may. */
function forActor(call: string): string {
  const nobody = "EXEC sys.sp_set_session_context N'syncline.actor', NULL;";
  return `DECLARE @actor nvarchar(200) = JSON_VALUE(@record, '$.w');
EXEC sys.sp_set_session_context N'syncline.actor', @actor;
BEGIN TRY
${call}
END TRY
BEGIN CATCH
IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
${nobody}
THROW;
END CATCH;
${nobody}`;
}

/** Updated where it is there, so that a strategy's history tells what changed. */
function put(schema: string, table: string, assigned: string, columns: string, values: string): string {
  const join = `FROM ${schema}.${table} AS t
  JOIN @edit AS e ON e.kind = '${table}' AND e.name = t.name`;
  return `DELETE t
  ${join}
 WHERE e.definition IS NULL;
UPDATE t SET ${assigned}
  ${join}
 WHERE e.definition IS NOT NULL;
INSERT INTO ${schema}.${table} (${columns})
SELECT ${values} FROM @edit AS e
 WHERE e.kind = '${table}' AND e.definition IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM ${schema}.${table} AS t WHERE t.name = e.name);`;
}
