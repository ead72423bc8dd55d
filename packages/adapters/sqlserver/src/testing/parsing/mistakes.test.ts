import { expect, test } from "vitest";
import { everyStatement } from "../statement-registry.ts";
import { checkBatch } from "./check-batch.ts";

test.each([
  // Other dialects.
  ["a limit at the end", "SELECT id FROM dbo.t LIMIT 5;", "LIMIT"],
  ["positional parameters", "SELECT id FROM dbo.t WHERE a = $1;", "@named"],
  ["FOR UPDATE", "SELECT id FROM dbo.t FOR UPDATE SKIP LOCKED;", "FOR"],
  ["RETURNING", "UPDATE dbo.t SET a = 1 RETURNING id;", "RETURNING"],
  ["ON CONFLICT", "INSERT INTO dbo.t (a) VALUES (1) ON CONFLICT DO NOTHING;", "ON"],
  ["a lateral join", "SELECT q.a FROM dbo.t CROSS JOIN LATERAL (SELECT 1 AS a) q;", "LATERAL"],
  ["a cast with colons", "SELECT a::int FROM dbo.t;", ":"],
  ["concatenation with bars", "SELECT a || b FROM dbo.t;", "concatenate"],
  ["an interval", "SELECT SYSUTCDATETIME() - INTERVAL '1 day';", "INTERVAL"],
  ["a boolean literal", "SELECT a FROM dbo.t WHERE b = TRUE;", "TRUE"],
  ["DELETE … USING", "DELETE FROM dbo.t USING dbo.u WHERE t.id = u.id;", "USING"],
  ["CREATE TABLE IF NOT EXISTS", "CREATE TABLE IF NOT EXISTS dbo.t (id int);", "IF"],
  ["a trigger for each row", "CREATE TRIGGER dbo.a ON dbo.t BEFORE INSERT AS SELECT 1;", "BEFORE"],
  ["another dialect's type", "CREATE TABLE dbo.t (a varchar2(10));", "VARCHAR2"],
  ["another dialect's function", "SELECT NOW();", "NOW"],
  // Newer than the oldest version.
  ["LEAST, of 2022", "SELECT LEAST(1, 2);", "LEAST"],
  ["STRING_AGG, of 2017", "SELECT STRING_AGG(a, ',') FROM dbo.t;", "STRING_AGG"],
  ["a computed JSON path, of 2017", "SELECT JSON_VALUE(a, b) FROM dbo.t;", "literal"],
  // Slips.
  ["a misspelt verb", "SELCT 1;", "SELCT"],
  ["a misspelt word", "COMMIT TRANSACTON;", "TRANSACTON"],
  ["a parenthesis too few", "SELECT COUNT(* FROM dbo.t;", "FROM"],
  ["a comma too many", "SELECT a, FROM dbo.t;", "FROM"],
  ["a comma too few", "SELECT k.a FROM OPENJSON(@@SPID) WITH (a int '$.a' b int '$.b') AS k;", "b"],
  ["UPDATE without SET", "UPDATE dbo.t a = 1;", "="],
  ["a text that does not end", "SELECT 'abc;", "1:7"],
  ["a bracket that does not end", "SELECT a FROM [dbo;", "["],
  ["a reserved word as a name", "SELECT d.key FROM dbo.t AS d;", "KEY"],
  ["a CASE without END", "SELECT CASE WHEN 1 = 1 THEN 2 FROM dbo.t;", "FROM"],
  ["a BEGIN without END", "BEGIN SELECT 1;", "EOF"],
  ["an OFFSET without ORDER BY", "SELECT a FROM dbo.t OFFSET 5 ROWS;", "OFFSET"],
  ["a join without ON", "SELECT 1 FROM dbo.t AS t INNER LOOP JOIN dbo.u AS u;", ";"],
  ["a join hint that does not exist", "SELECT 1 FROM dbo.t AS t INNER LOOPS JOIN dbo.u AS u ON 1 = 1;", "LOOPS"],
  // What the grammar takes, and the server does not.
  ["a table hint that does not exist", "SELECT a FROM dbo.t WITH (SKIPLOCKED);", "SKIPLOCKED"],
  ["columns without commas", "DECLARE @t TABLE (a int NOT NULL b int); SELECT a FROM @t;", "commas"],
  ["hints without commas", "SELECT a FROM dbo.t WITH (ROWLOCK UPDLOCK);", "commas"],
  ["READPAST alone", "SELECT a FROM dbo.t WITH (ROWLOCK, READPAST, UPDLOCK);", "READCOMMITTEDLOCK"],
  ["an isolation level that does not exist", "SET TRANSACTION ISOLATION LEVEL READ COMMITED;", "COMMITED"],
  ["a setting that does not exist", "SET XACT_ABRT ON;", "XACT_ABRT"],
  ["a setting with a boolean", "SET XACT_ABORT TRUE;", "TRUE"],
  ["a text that is too long", "DECLARE @a nvarchar(5000); SELECT @a;", "longer"],
  ["an undeclared variable", "SELECT @missing;", "@missing"],
  ["an undeclared variable beside a declared one", "DECLARE @a int, @b bigint; SELECT @a, @b, @c;", "@c"],
  ["a variable before its DECLARE", "SELECT @b; DECLARE @b bigint; SELECT @b;", "@b is used before"],
  ["a variable in its own DECLARE", "DECLARE @a int = 1, @b int = @a; SELECT @a, @b;", "@a is used before"],
  ["an unknown global", "SELECT @@ROWCOUNTS;", "@@ROWCOUNTS"],
  ["a filter with a variable", "DECLARE @s int; CREATE INDEX i ON dbo.t (a) WHERE state = @s;", "literals"],
  ["THROW with two arguments", "THROW 50000, N'x';", "state"],
  ["THROW after no semicolon", "ROLLBACK TRANSACTION THROW;", "THROW"],
  ["WITH after no semicolon", "DECLARE @a int SELECT @a WITH c AS (SELECT 1 AS a) SELECT a FROM c;", "WITH"],
  ["arguments without EXEC", "SELECT 1 AS a sp_executesql N'SELECT 1';", "sp_executesql"],
])("%s is noticed", (_, text, named) => {
  const problems = checkBatch(text);
  expect(problems.join("\n").toLowerCase()).toContain(named.toLowerCase());
});

const claim = everyStatement("syncline").find(({ name }) => name === "claim-due");

test.each([
  ["a comma", ",\n", "\n"],
  ["the way to skip locks under row versioning", ", READCOMMITTEDLOCK", ""],
  ["the name of a parameter", "@token", "@tokens"],
  ["the type of a JSON field", " int '$.n'", " '$.n'"],
  ["a closing parenthesis", ") AS d\n", " AS d\n"],
  ["the start of a comment", "UPDATE d", "/* UPDATE d"],
])("a claim in which %s is missing is noticed", (_, part, instead) => {
  const { bodies: [body = ""] = [], parameters = [] } = claim ?? {};
  const broken = body.replace(part, instead);
  expect(broken).not.toBe(body);
  const problems = checkBatch(
    broken,
    parameters.map(({ name }) => name),
  );
  expect(problems.length).toBeGreaterThan(0);
});

test("a parameter that nothing uses is noticed", () => {
  expect(checkBatch("SELECT @a;", ["a", "b"])).toEqual(["@b is given and not used"]);
});
