import type pg from "pg";

/**
 * What a role that may create in a schema defines there, to be called by others. All of it logs who called
 * it.
 */
export interface HostileNames {
  /**
   * Functions that our statements call: each is defined for every combination of types that it may be called
   * with.
   */
  readonly functions: readonly string[];
  /** The same for operators. */
  readonly operators: readonly string[];
  /** Names of types, which become domains with a constraint that is hostile. */
  readonly types: readonly string[];
  /** Names of tables, which become views. */
  readonly relations: readonly string[];
}

/**
 * What each line of the server's log begins with that tells of a call: `HOSTILE <what>(<arguments>) as
 * <role>`.
 */
export const hostileMark = "HOSTILE";

/**
 * What our statements have for arguments, and what is near to it. All else is met by what has the
 * server's own arguments.
 */
const scalars = [
  ...["text", "name", "bool", "int2", "int4", "int8", "float8", "numeric", "oid", "xid", "timestamptz", "interval"],
  ...["uuid", "jsonb", "regclass", "pg_lsn"],
];
const arrays = ["_text", "_int4", "_int8", "_uuid", "_oid"];
/** Of three arguments, fewer types: all combinations would be thousands for each function. */
const common = ["text", "bool", "int4", "int8", "float8", "jsonb", "regclass"];
const polymorphic = ["anyelement", "anyarray", "anynonarray", "anyenum"].map((name) => `pg_catalog.${name}`);

/**
 * The statements that define it all in the schema, each to be run by a role that may create there and owns
 * nothing else.
 */
export async function hostileStatements(
  admin: pg.Pool,
  schema: string,
  names: HostileNames,
): Promise<readonly string[]> {
  const typed = [...scalars, ...arrays].map((name) => `pg_catalog.${name}`);
  return [
    logger(schema),
    // What is unlike any type of the server's, and is cast to and from most of them without being asked.
    `CREATE TYPE ${schema}.lure AS ENUM ('lured')`,
    ...typed.flatMap((type) => castsOf(schema, type)),
    ...(await shadowFunctions(admin, schema)),
    ...(await shadowAggregates(admin, schema)),
    ...(await betterFunctions(admin, schema, names.functions, [...typed, `${schema}.lure`])),
    ...operatorsOf(schema, [
      ...(await ownOperators(admin)),
      ...betterOperators(names.operators, [...typed, `${schema}.lure`]),
    ]),
    ...names.types.map((name) => hostileType(schema, name, schema)),
    ...names.relations.map((name) => `CREATE VIEW ${schema}."${name}" AS SELECT ${schema}.caught('relation ${name}')`),
    `CREATE COLLATION ${schema}."C" FROM pg_catalog."POSIX"`,
    `GRANT USAGE ON SCHEMA ${schema} TO PUBLIC`,
    ...names.relations.map((name) => `GRANT SELECT ON ${schema}."${name}" TO PUBLIC`),
  ];
}

/**
 * Runs them, many to a message. A definition that the server refuses is one that nobody can make: returns how
 * many were made.
 */
export async function runHostile(client: pg.ClientBase, statements: readonly string[]): Promise<number> {
  let made = 0;
  for (let start = 0; start < statements.length; start += 200) {
    const batch = statements.slice(start, start + 200);
    try {
      await client.query(batch.join(";\n"));
      made += batch.length;
    } catch {
      for (const statement of batch) {
        await client.query(statement).then(
          () => {
            made += 1;
          },
          () => {},
        );
      }
    }
  }
  return made;
}

/**
 * Of the same values as the server's own, whose constraint logs. No domain may be of what has no
 * type yet.
 */
export function hostileType(schema: string, name: string, logs: string): string {
  const base = name === "unknown" ? "text" : name;
  return `CREATE DOMAIN ${schema}."${name}" AS pg_catalog."${base}" CHECK (${logs}.caught('type ${schema}.${name}'))`;
}

function logger(schema: string): string {
  return `CREATE FUNCTION ${schema}.caught(what pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql IMMUTABLE AS $f$
BEGIN RAISE LOG '${hostileMark} ${schema} % as %', what, current_user; RETURN NULL; END $f$`;
}

/** IMMUTABLE, so that it is called when a statement is planned, too. */
function hostileFunction(schema: string, name: string, types: readonly string[], returns: string): string {
  const returned = /^(SETOF|pg_catalog\."?void)/.test(returns) ? "RETURN;" : "RETURN NULL;";
  const what = `${name}(${types.join(", ")})`.replaceAll("'", "''").replaceAll("%", "%%");
  return `CREATE OR REPLACE FUNCTION ${schema}."${name}"(${types.join(", ")}) RETURNS ${returns} LANGUAGE plpgsql IMMUTABLE AS $f$
BEGIN RAISE LOG '${hostileMark} ${schema} ${what} as %', current_user; ${returned} END $f$`;
}

function castsOf(schema: string, type: string): readonly string[] {
  const name = type.replace("pg_catalog.", "");
  return [
    hostileFunction(schema, `lure_from_${name}`, [type], `${schema}.lure`),
    `CREATE CAST (${type} AS ${schema}.lure) WITH FUNCTION ${schema}.lure_from_${name}(${type}) AS IMPLICIT`,
    hostileFunction(schema, `lure_to_${name}`, [`${schema}.lure`], type),
    `CREATE CAST (${schema}.lure AS ${type}) WITH FUNCTION ${schema}.lure_to_${name}(${schema}.lure) AS IMPLICIT`,
  ];
}

interface Signature {
  readonly name: string;
  readonly types: readonly string[];
  readonly returns: string;
  readonly is_set: boolean;
}

const signatures = (kind: "f" | "a") => `
SELECT p.proname AS name, p.proretset AS is_set, 'pg_catalog."' || r.typname || '"' AS returns,
       ARRAY(SELECT 'pg_catalog."' || t.typname || '"' FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a(oid, n)
               JOIN pg_type AS t ON t.oid = a.oid ORDER BY a.n) AS types
  FROM pg_proc AS p JOIN pg_type AS r ON r.oid = p.prorettype
 WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = '${kind}' AND p.proname !~ '^(RI_FKey|ri_)'
   AND NOT EXISTS (SELECT FROM pg_type AS t WHERE t.oid = ANY (p.proargtypes::oid[] || p.prorettype)
                      AND t.typtype = 'p' AND t.typname !~ '^(any.|record|void)' )
   AND 'void'::regtype <> ALL (p.proargtypes::oid[])`;

/**
 * Every function of the server's, with its own arguments: found first where the schema stands before
 * pg_catalog.
 */
async function shadowFunctions(admin: pg.Pool, schema: string): Promise<readonly string[]> {
  const { rows } = await admin.query<Signature>(signatures("f"));
  return rows.map(({ name, types, returns, is_set }) =>
    hostileFunction(schema, name, types, is_set ? `SETOF ${returns}` : returns),
  );
}

async function shadowAggregates(admin: pg.Pool, schema: string): Promise<readonly string[]> {
  const { rows } = await admin.query<Signature>(signatures("a"));
  return rows.flatMap(({ name, types }, index) => [
    hostileFunction(schema, `step_${index}`, ["pg_catalog.int8", ...types], "pg_catalog.int8"),
    `CREATE OR REPLACE AGGREGATE ${schema}."${name}"(${types.join(", ") || "*"}) (SFUNC = ${schema}.step_${index}, STYPE = pg_catalog.int8)`,
  ]);
}

async function betterFunctions(
  admin: pg.Pool,
  schema: string,
  names: readonly string[],
  types: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await admin.query<{ name: string; count: number; is_set: boolean; returns: string; kind: string }>(
    `SELECT p.proname AS name, p.pronargs::int AS count, bool_or(p.proretset) AS is_set, p.prokind AS kind,
            (array_agg(DISTINCT 'pg_catalog.' || r.typname))[1] AS returns
       FROM pg_proc AS p JOIN pg_type AS r ON r.oid = p.prorettype
      WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY ($1) GROUP BY 1, 2, 4`,
    [names],
  );
  const few = common.map((name) => `pg_catalog.${name}`);
  return rows.flatMap(({ name, count, is_set, returns, kind }) => {
    const choices = count > 2 ? few : types;
    const lists = count > 3 ? [] : combinations(choices, count);
    if (kind === "a")
      return lists.flatMap((list, index) => [
        hostileFunction(schema, `step_${name}_${count}_${index}`, ["pg_catalog.int8", ...list], "pg_catalog.int8"),
        `CREATE OR REPLACE AGGREGATE ${schema}."${name}"(${list.join(", ") || "*"})
           (SFUNC = ${schema}.step_${name}_${count}_${index}, STYPE = pg_catalog.int8)`,
      ]);
    const answer = /\.(any|void|record)/.test(returns) ? "pg_catalog.text" : returns;
    return [
      ...lists.map((list) => hostileFunction(schema, name, list, is_set ? `SETOF ${answer}` : answer)),
      ...polymorphic.map((type) =>
        hostileFunction(
          schema,
          name,
          [type, ...Array(Math.max(0, count - 1)).fill(type)],
          is_set ? `SETOF ${type}` : type,
        ),
      ),
      ...["text", "int8", "jsonb"].map((type) =>
        hostileFunction(schema, name, [`VARIADIC pg_catalog._${type}`], is_set ? `SETOF ${answer}` : answer),
      ),
    ];
  });
}

interface Operator {
  readonly name: string;
  /** `null` of one that stands before its argument. */
  readonly left: string | null;
  readonly right: string;
  readonly returns: string;
}

/** The server's own. */
async function ownOperators(admin: pg.Pool): Promise<readonly Operator[]> {
  const { rows } = await admin.query<Operator>(`
    SELECT o.oprname AS name, 'pg_catalog.' || l.typname AS left, 'pg_catalog.' || r.typname AS right,
           'pg_catalog.' || t.typname AS returns
      FROM pg_operator AS o JOIN pg_type AS r ON r.oid = o.oprright JOIN pg_type AS t ON t.oid = o.oprresult
      LEFT JOIN pg_type AS l ON l.oid = o.oprleft WHERE o.oprnamespace = 'pg_catalog'::regnamespace`);
  return rows;
}

function betterOperators(names: readonly string[], types: readonly string[]): readonly Operator[] {
  const pairs = [...combinations(types, 2), ...polymorphic.map((type) => [type, type])];
  return names.flatMap((name) =>
    pairs.map(([left = "", right = ""]) => {
      return { name, left, right, returns: /^[-+*/%|]+$/.test(name) ? left : "pg_catalog.bool" };
    }),
  );
}

function operatorsOf(schema: string, operators: readonly Operator[]): readonly string[] {
  const different = new Map(operators.map((each) => [`${each.name} ${each.left} ${each.right}`, each] as const));
  return [...different.values()].flatMap(({ name, left, right, returns }, index) => {
    const types = left === null ? [right] : [left, right];
    const what = `operator ${name}(${types.join(", ")})`.replaceAll("%", "%%");
    const leftArgument = left === null ? "" : `LEFTARG = ${left}, `;
    return [
      `CREATE FUNCTION ${schema}.operator_${index}(${types.join(", ")}) RETURNS ${returns}
LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN RAISE LOG '${hostileMark} ${schema} ${what} as %', current_user; RETURN NULL; END $f$`,
      `CREATE OPERATOR ${schema}.${name} (${leftArgument}RIGHTARG = ${right}, FUNCTION = ${schema}.operator_${index})`,
    ];
  });
}

function combinations(types: readonly string[], count: number): readonly (readonly string[])[] {
  if (count === 0) return [[]];
  return combinations(types, count - 1).flatMap((list) => types.map((type) => [...list, type]));
}
