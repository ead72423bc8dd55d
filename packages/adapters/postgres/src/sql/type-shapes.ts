/**
 * What types are made of, and the types that those are made of: `$1` their numbers. Of an array its
 * element and what stands between two, of a domain what it restricts.
 */
export const typeShapes = `WITH RECURSIVE used(type) AS (
  SELECT asked.type FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS asked(type)
  UNION
  SELECT coalesce(e.oid, CASE WHEN t.typbasetype OPERATOR(pg_catalog.<>) 0::pg_catalog.oid THEN t.typbasetype END)
    FROM used JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) used.type
    LEFT JOIN pg_catalog.pg_type AS e ON e.typarray OPERATOR(pg_catalog.=) t.oid
)
SELECT t.oid::pg_catalog.text, e.oid::pg_catalog.text, e.typdelim::pg_catalog.text, t.typbasetype::pg_catalog.text
  FROM used JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) used.type
  LEFT JOIN pg_catalog.pg_type AS e ON e.typarray OPERATOR(pg_catalog.=) t.oid`;
