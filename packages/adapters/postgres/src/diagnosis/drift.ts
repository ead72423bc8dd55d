import { type CatalogPart, compareCatalogs, type Examination, type Told } from "@syncline/core/adapter-kit";
import type { Connections, TextRow } from "../connections.ts";
import { migrations } from "../migrations/index.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { ownStatement } from "../sql/statement.ts";
import { expectedCatalog } from "./expected-catalog.ts";
import { liveCatalog } from "./live-catalog.ts";
import { mendWith } from "./mend.ts";

const statement = ownStatement("live_catalog", liveCatalog);
const at = "Syncline's tables";

/** Our tables as they are against what this release's migrations make. */
export function driftOf(connections: Connections, schemaName: string): Examination {
  return {
    check: "drift",
    at,
    look: async (_, signal) => {
      const rows = await connections.run(statement, [schemaName], signal);
      const found = rows.slice(1).map(partOf);
      if (found.length === 0) return [{ level: "unknown", at, message: `There are none in the schema ${schemaName}.` }];
      const shown = rows[0]?.[2] ?? quoteIdentifier(schemaName);
      return compared(expectedIn(shown, quoteIdentifier(schemaName)), found, shown);
    },
  };
}

export function partOf([kind, table, name, definition, state]: TextRow): CatalogPart {
  return { kind: kind ?? "", table: table ?? "", name: name ?? "", definition: definition ?? "", state: state ?? "" };
}

/** `shown`: the schema's name as the server writes it; `quoted`: as our functions do. */
export function expectedIn(shown: string, quoted: string): readonly CatalogPart[] {
  const named = (text: string) => text.replaceAll("{quoted}", quoted).replaceAll("{schema}", shown);
  return expectedCatalog.map(([kind, table, name, definition]) => ({
    ...{ kind, table, name: named(name), definition: named(definition), state: "" },
  }));
}

function compared(expected: readonly CatalogPart[], found: readonly CatalogPart[], schema: string): readonly Told[] {
  const tables = new Set(expected.map(({ table }) => table));
  return compareCatalogs({
    expected,
    found,
    mend: mendWith(schema, expected),
    surplus: (part) => (part.table !== "" && tables.has(part.table) ? surplusOf(part, schema) : undefined),
    levelOf: (part, actual) => (part.kind === "table" && actual?.state === "" ? "warn" : "error"),
    why: ({ kind }) => reasons[kind] ?? `The statements of version ${migrations.length} rely on it.`,
  });
}

const reasons: { readonly [kind: string]: string } = {
  table: "What workers and recorders write there would fail, be lost or be slow.",
  column: "Syncline's statements name it, and rely on its type, its order and its default.",
  constraint: "It keeps a key from being delivered twice at once, and wrong rows out.",
  index: "Without it each claim reads the whole table, and locks what it reads.",
  trigger: "Without it workers miss edits of strategies and categories, or what was done is not kept.",
  function: "Applications and triggers call it; open to everybody, it stops dispatch for whoever likes.",
  sequence: "Revisions are drawn from it: receivers drop what has a lower one.",
};

/** Tables, functions and columns that are somebody's own do no harm; these may. */
function surplusOf({ kind, table, name, definition }: CatalogPart, schema: string) {
  switch (kind) {
    case "trigger":
      return {
        why: "It runs with each of Syncline's statements: what it does, waits for or refuses is theirs.",
        remedy: [`DROP TRIGGER ${name} ON ${schema}.${table}`],
      };
    case "index":
      return {
        why: "Each fold and each lease has to write it, too, and rows no longer stay on their page.",
        remedy: [`DROP INDEX CONCURRENTLY ${schema}.${name}`],
      };
    case "constraint":
      return {
        why: "What it refuses, Syncline cannot write.",
        remedy: [`ALTER TABLE ${schema}.${table} DROP CONSTRAINT ${name}`],
      };
    case "column":
      return definition.includes("NOT NULL") && !/ (DEFAULT|GENERATED) /.test(definition)
        ? {
            why: "Syncline gives it no value: whatever it inserts fails.",
            remedy: [`ALTER TABLE ${schema}.${table} ALTER COLUMN ${name} DROP NOT NULL`],
          }
        : undefined;
    default:
      return undefined;
  }
}
