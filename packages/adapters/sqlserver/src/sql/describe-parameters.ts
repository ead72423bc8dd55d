import { type OwnStatement, singleStatement } from "./statement.ts";

/**
 * Rows of: ordinal, name (`@p1`), system type's id, type with its sizes (NULL where none can be
 * deduced), and more. `@text` a template with its parameters, `@declared` the types of those that
 * are not asked for. Parsed and analysed alone: nothing runs, and no plan is made. The arguments go
 * by their places, as a procedure of the server's own kind wants them.
 */
export const describeParameters: OwnStatement = singleStatement(
  "describe-parameters",
  "EXEC sys.sp_describe_undeclared_parameters @text, @declared;",
  { text: "nvarchar(max)", declared: "nvarchar(max)" },
);

const codePageOf = (collation: string) => `CAST(COLLATIONPROPERTY(${collation}, 'CodePage') AS int)`;

/**
 * How many char and varchar columns, of those that the login may see, have another code page than
 * the database.
 */
export const foreignCodePages: OwnStatement = singleStatement(
  "foreign-code-pages",
  `SELECT COUNT(*)
  FROM sys.columns AS c
  JOIN sys.objects AS o ON o.object_id = c.object_id
 WHERE o.is_ms_shipped = 0 AND c.system_type_id IN (167, 175)
   AND ${codePageOf("c.collation_name")} <> ${codePageOf("CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS nvarchar(128))")};`,
);

/**
 * Tables of which a security policy that is switched on hides rows, and the policy: those that the
 * login may see.
 */
export const filteredTables: OwnStatement = singleStatement(
  "filtered-tables",
  `SELECT o.name, y.name
  FROM sys.security_predicates AS p
  JOIN sys.security_policies AS y ON y.object_id = p.object_id
  JOIN sys.objects AS o ON o.object_id = p.target_object_id
 WHERE y.is_enabled = 1 AND p.predicate_type = 0;`,
);
