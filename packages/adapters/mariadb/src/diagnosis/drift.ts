import { type CatalogPart, compareCatalogs, type Examination, type Told } from "@syncline/core/adapter-kit";
import { migrations } from "../migrations/index.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import type { Ask } from "./ask.ts";
import { expectedCatalog } from "./expected-catalog.ts";
import { liveCatalog } from "./live-catalog.ts";

const at = "Syncline's tables";

/** Shown to whoever has a right of this name alone. */
const hidden: { readonly [kind: string]: string } = { trigger: "TRIGGER", procedure: "EXECUTE, and to have made it" };

const reasons: { readonly [kind: string]: string } = {
  table: "What workers write there would fail, be lost in a crash, or compare otherwise.",
  column: "Syncline's statements rely on its type, its collation and its default.",
  index: "Without it each claim reads the whole table, and locks what it reads.",
  trigger: "Without it workers miss edits of strategies and categories, or what was done is not kept.",
  procedure: "Without it nothing that operators do can be kept.",
};

/** Our tables as they are against what this release's migrations make. */
export function driftOf(ask: Ask, schemaName: string): Examination {
  const schema = quoteIdentifier(schemaName);
  const expected: readonly CatalogPart[] = expectedCatalog.map(([kind, table, name, definition]) => ({
    ...{ kind, table, name, state: "" },
    definition: definition.replaceAll("{quoted}", schema),
  }));
  return {
    check: "drift",
    at,
    look: async (_, signal) => {
      const found = await ask((connection) => liveCatalog(connection, schemaName), signal);
      if (found.length === 0)
        return [{ level: "unknown", at, message: `There are none that this login sees in ${schemaName}.` }];
      const unseen = Object.keys(hidden).filter((kind) => !found.some((part) => part.kind === kind));
      const notSeen = unseen.map(
        (kind): Told => ({
          ...{ level: "unknown", at: `${kind}s`, message: `None is shown to this login: that takes ${hidden[kind]}.` },
          remedy: ["Look with the login that migrates: syncline doctor"],
        }),
      );
      return [
        ...compareCatalogs({
          expected: expected.filter(({ kind }) => !unseen.includes(kind)),
          found,
          mend: (part, there) => mend(part, there, schema, expected),
          surplus: (part) => surplusOf(part, schema, expected),
          why: ({ kind }) => reasons[kind] ?? "Syncline's statements rely on it.",
        }),
        ...notSeen,
      ];
    },
  };
}

function mend(
  part: CatalogPart,
  found: CatalogPart | undefined,
  schema: string,
  expected: readonly CatalogPart[],
): readonly string[] {
  const { kind, table, name, definition } = part;
  const altered = `ALTER TABLE ${schema}.\`${table}\``;
  switch (kind) {
    case "table":
      return found === undefined
        ? [
            ...migrated(schema, "TABLE", name),
            ...expected
              .filter((each) => each.kind === "trigger" && each.table === name)
              .flatMap((each) => migrated(schema, "TRIGGER", each.name)),
          ]
        : [`${altered} ${tableOptions(definition)}`];
    case "column":
      return [`${altered} ${found === undefined ? "ADD" : "MODIFY"} COLUMN \`${name}\` ${spelled(definition)}`];
    case "index": {
      const what = name === "PRIMARY" ? "PRIMARY KEY" : `INDEX \`${name}\``;
      const added = definition.startsWith("UNIQUE ") && name !== "PRIMARY" ? `UNIQUE ${what}` : what;
      const columns = definition.slice(definition.indexOf("("));
      return [`${altered} ${found === undefined ? "" : `DROP ${what}, `}ADD ${added} ${columns}`];
    }
    default:
      return migrated(schema, kind.toUpperCase(), name);
  }
}

function tableOptions(definition: string): string {
  const [engine, format, collation = ""] = definition.split(" ");
  return `ENGINE = ${engine}, ROW_FORMAT = ${format}, DEFAULT CHARACTER SET ${collation.split("_", 1)[0]} COLLATE ${collation}`;
}

/** As a column is written: its collation names its character set. */
function spelled(definition: string): string {
  return definition.replace(/ COLLATE (([a-z0-9]+)_\w+)/, " CHARACTER SET $2 COLLATE $1");
}

/** The last that migrations say of it; each may be run again. */
function migrated(schema: string, kind: string, name: string): readonly string[] {
  const all = migrations.flatMap(({ statements }) => statements(schema));
  const isOf = (text: string) =>
    [`${schema}.${name}`, `${schema}.\`${name}\``].some((place) =>
      ["CREATE", "DROP"].some((verb) =>
        [" ", "(", "\n", undefined].some((end) => beginsWith(text, verb, kind, place, end)),
      ),
    );
  return all.filter(isOf);
}

function beginsWith(text: string, verb: string, kind: string, place: string, end: string | undefined): boolean {
  return ["", "IF NOT EXISTS ", "IF EXISTS "].some((condition) => {
    const head = `${verb} ${kind} ${condition}${place}`;
    return end === undefined ? text === head : text.startsWith(head + end);
  });
}

function surplusOf({ kind, table, name }: CatalogPart, schema: string, expected: readonly CatalogPart[]) {
  if (!expected.some((part) => part.kind === "table" && part.table === table)) return undefined;
  if (kind === "trigger")
    return {
      why: "It runs within Syncline's statements: what it does, waits for or refuses is theirs.",
      remedy: [`DROP TRIGGER ${schema}.\`${name}\``],
    };
  return kind === "index"
    ? {
        why: "Each fold and each lease has to write it, too.",
        remedy: [`ALTER TABLE ${schema}.\`${table}\` DROP INDEX \`${name}\``],
      }
    : undefined;
}
