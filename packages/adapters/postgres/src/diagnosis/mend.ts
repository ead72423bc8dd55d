import type { CatalogPart } from "@syncline/core/adapter-kit";

/** As the catalog describes a column: `text COLLATE "C" NOT NULL DEFAULT 'x'::text`. */
const column =
  /^(?<type>.+?)(?<collation> COLLATE \S+)?(?<required> NOT NULL)?(?: GENERATED (?<identity>ALWAYS|BY DEFAULT) AS IDENTITY)?(?: DEFAULT (?<value>.+))?$/s;

/** What makes a part as the migrations make it. `schema` is as statements name it. */
export function mendWith(schema: string, expected: readonly CatalogPart[]) {
  const nameOf = (table: string) => `${schema}.${table}`;

  function made(part: CatalogPart): readonly string[] {
    const { kind, table, name, definition } = part;
    switch (kind) {
      case "table":
        return [createTable(part), ...of(table, "index", "trigger").flatMap(made)];
      case "column":
        return [`ALTER TABLE ${nameOf(table)} ADD COLUMN ${name} ${definition}`];
      case "constraint":
        return [`ALTER TABLE ${nameOf(table)} ADD CONSTRAINT ${name} ${definition}`];
      case "index":
        return [definition.replace(/^CREATE (UNIQUE )?INDEX /, "CREATE $1INDEX CONCURRENTLY ")];
      case "sequence":
        return [`CREATE SEQUENCE ${nameOf(name)} ${definition}`];
      case "function":
        return [definition, ...closed(part)];
      default:
        return [definition];
    }
  }

  function createTable({ table, definition }: CatalogPart): string {
    const lines = [
      ...of(table, "column").map((part) => `${part.name} ${part.definition}`),
      ...of(table, "constraint").map((part) => `CONSTRAINT ${part.name} ${part.definition}`),
    ];
    const options = definition === "" ? "" : ` ${definition}`;
    return `CREATE TABLE ${nameOf(table)} (${lines.join(", ")})${options}`;
  }

  function of(table: string, ...kinds: readonly string[]): readonly CatalogPart[] {
    return expected.filter((part) => part.table === table && kinds.includes(part.kind));
  }

  /** Who may execute a function that runs with its owner's rights may attach it to a table of his own. */
  function closed({ name, definition }: CatalogPart): readonly string[] {
    return definition.includes(" RETURNS trigger") ? [`REVOKE ALL ON FUNCTION ${name} FROM PUBLIC`] : [];
  }

  function changedColumn(part: CatalogPart, found: CatalogPart): readonly string[] {
    const wanted = column.exec(part.definition)?.groups ?? {};
    const actual = column.exec(found.definition)?.groups ?? {};
    const alter = `ALTER TABLE ${nameOf(part.table)} ALTER COLUMN ${part.name}`;
    const { type, collation = "", required, value, identity } = wanted;
    return [
      ...(type === actual.type && collation === (actual.collation ?? "")
        ? []
        : [`${alter} TYPE ${type}${collation} USING ${part.name}::${type}`]),
      ...(required === actual.required ? [] : [`${alter} ${required === undefined ? "DROP" : "SET"} NOT NULL`]),
      ...(value === actual.value ? [] : [`${alter} ${value === undefined ? "DROP DEFAULT" : `SET DEFAULT ${value}`}`]),
      ...(identity === actual.identity
        ? []
        : [
            actual.identity === undefined
              ? `${alter} ADD GENERATED ${identity} AS IDENTITY`
              : identity === undefined
                ? `${alter} DROP IDENTITY`
                : `${alter} SET GENERATED ${identity}`,
          ]),
    ];
  }

  function changed(part: CatalogPart, found: CatalogPart): readonly string[] {
    const { kind, table, name } = part;
    switch (kind) {
      case "table":
        return [
          `ALTER TABLE ${nameOf(table)} ${part.definition === "" ? resetOf(found) : part.definition.replace(/^WITH/, "SET")}`,
        ];
      case "column":
        return changedColumn(part, found);
      case "constraint":
        return [`ALTER TABLE ${nameOf(table)} DROP CONSTRAINT ${name}`, ...made(part)];
      case "index":
        return [`DROP INDEX CONCURRENTLY ${nameOf(name)}`, ...made(part)];
      case "trigger":
        return [`DROP TRIGGER ${name} ON ${nameOf(table)}`, ...made(part)];
      case "sequence":
        return [`ALTER SEQUENCE ${nameOf(name)} ${part.definition} NO CYCLE`];
      default:
        return made(part);
    }
  }

  function restored({ kind, table, name }: CatalogPart, state: string): readonly string[] {
    if (kind === "trigger") return [`ALTER TABLE ${nameOf(table)} ENABLE TRIGGER ${name}`];
    if (kind === "function") return [`REVOKE ALL ON FUNCTION ${name} FROM PUBLIC`];
    if (state.includes("invalid")) return [`REINDEX INDEX CONCURRENTLY ${nameOf(name)}`];
    if (kind === "constraint") return [`ALTER TABLE ${nameOf(table)} VALIDATE CONSTRAINT ${name}`];
    return [
      ...(state.includes("UNLOGGED") ? [`ALTER ${kind.toUpperCase()} ${nameOf(name)} SET LOGGED`] : []),
      ...(state.includes("row security") ? [`ALTER TABLE ${nameOf(name)} DISABLE ROW LEVEL SECURITY`] : []),
    ];
  }

  return (part: CatalogPart, found: CatalogPart | undefined): readonly string[] => {
    if (found === undefined) return made(part);
    return found.definition === part.definition ? restored(part, found.state) : changed(part, found);
  };
}

/** Options that somebody has set where there were none. */
function resetOf({ definition }: CatalogPart): string {
  const options = definition.slice("WITH (".length, -1).split(", ");
  const names = options.map((option) => option.split("=", 1)[0]);
  return `RESET (${names.join(", ")})`;
}
