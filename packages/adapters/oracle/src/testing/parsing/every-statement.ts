import type { CategoryDefinition, KeyField } from "@syncline/core/spi";
import oracledb from "oracledb";
import { captureTrigger } from "../../capture-trigger.ts";
import { oracleDialect } from "../../dialect.ts";
import { keySqlTypes } from "../../key-types.ts";
import { limited, shapeOf } from "../../read-shape.ts";
import type { Place } from "../../sql/names.ts";
import { backfillStatements, ownStatements, plainStatements } from "../../sql/registry.ts";

export interface CheckedStatement {
  readonly name: string;
  readonly text: string;
  /** The names of its binds. */
  readonly binds: readonly string[];
}

const everything: CategoryDefinition = {
  name: "everything",
  fields: {
    text: "string",
    whole: "integer",
    big: "bigint",
    exact: "decimal",
    yes: "boolean",
    code: "uuid",
    day: "date",
    moment: "timestamp",
  },
};

const fields: readonly KeyField[] = Object.entries(everything.fields).map(([name, type]) => ({
  name,
  type,
  column: name,
}));
const whole: KeyField = { name: "whole", type: "integer", column: "whole" };
/** A field of each type that a comparison's other side may ask for. */
const cast: readonly KeyField[] = Object.values(keySqlTypes).map((sqlType, index) => {
  const type = sqlType.startsWith("TIMESTAMP") ? "timestamp" : "string";
  return { name: "text", type, sqlType, column: `text ${index + 2}` };
});
const template = `SELECT t.id, t.made AS "made" FROM everything t WHERE t.whole = ${oracleDialect.keyColumn(whole)} -- one`;

/**
 * Every statement that the adapter can send. What stands for any number of statements (a read, a backfill's keys, a trigger)
 * has an example here.
 */
export function everyStatement(place: Place): readonly CheckedStatement[] {
  const keys = "SELECT t.* FROM everything t WHERE t.whole > 0 -- all of them";
  const sent = [...ownStatements(place), ...backfillStatements(everything, keys)];
  const trigger = captureTrigger({
    table: "everything",
    category: everything,
    // BIG is a keyword to the grammar, though none of Oracle's.
    columns: { whole: "whole_number", big: "large" },
    zones: { moment: "column" },
    prefix: place.prefix,
    ...(place.schema === undefined ? {} : { schema: place.schema }),
  });
  return [
    ...sent.map(({ name, text, binds }) => ({ name, text, binds: Object.keys(binds) })),
    ...plainStatements(place).map(({ name, text }) => ({ name, text, binds: [] })),
    { name: "capture_trigger", text: trigger, binds: [] },
    ...reads(),
  ];
}

function reads(): readonly CheckedStatement[] {
  const set = oracleDialect.joinLateral(template, fields, "joined");
  const types = ["DATE", "TIMESTAMP", "TIMESTAMP_TZ", "XMLTYPE", "JSON", "NUMBER"] as const;
  const columns = types.map((type) => ({ name: type, dbType: oracledb[`DB_TYPE_${type}`] }));
  return [
    { name: "read_described", text: limited(set), binds: ["p1", "syncline_most"] },
    { name: "read_of_a_set", text: shapeOf(set, columns).text, binds: ["p1", "syncline_most"] },
    {
      name: "read_of_cast_keys",
      text: limited(oracleDialect.joinLateral("SELECT 1 AS one FROM SYS.dual", cast, "fenced")),
      binds: ["p1", "syncline_most"],
    },
    readOfOne("read_of_one", fields),
    readOfOne("read_of_one_cast", cast),
  ];
}

function readOfOne(name: string, keys: readonly KeyField[]): CheckedStatement {
  const conditions = keys.map(
    ({ type, sqlType }, index) => `t.a${index} = ${oracleDialect.parameter(index + 1, type, sqlType)}`,
  );
  const each = oracleDialect.attest(`SELECT t.id FROM everything t WHERE ${conditions.join(" AND ")} -- one`);
  return { name, text: limited(each), binds: [...keys.map((_, index) => `p${index + 1}`), "syncline_most"] };
}
