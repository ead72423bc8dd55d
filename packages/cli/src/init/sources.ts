import { visibleText } from "@syncline/core/transport-kit";
import type { KnownDatabase } from "./databases.ts";
import type { PlannedTable } from "./plan.ts";

export interface PlannedProject {
  readonly database: KnownDatabase;
  readonly driver: string;
  readonly tables: readonly PlannedTable[];
  readonly downstream: {
    readonly name: string;
    readonly baseUrl: string;
    /** The environment variable that holds a bearer token. */
    readonly tokenVariable: string | undefined;
  };
}

/** A file of the project: its path, with forward slashes, and what is in it. */
export interface PlannedFile {
  readonly path: string;
  readonly content: string;
}

/** Those that nobody else may have: they are written whole. */
export function sourceFiles(project: PlannedProject): readonly PlannedFile[] {
  return [
    { path: "syncline.config.ts", content: configFile(project) },
    { path: "src/categories.ts", content: categoriesFile(project) },
    { path: "src/strategies.ts", content: strategiesFile(project) },
  ];
}

function configFile({ database, driver, downstream: { name, baseUrl, tokenVariable } }: PlannedProject): string {
  const imports = [
    `import { createPipeline } from "@syncline/core";`,
    `import { http } from "@syncline/http";`,
    ...database.imports(driver),
    `import { categories } from "./src/categories.ts";`,
    `import { strategies } from "./src/strategies.ts";`,
  ];
  const auth =
    tokenVariable === undefined
      ? `      // auth: { bearer: "env:TOKEN" },`
      : `      auth: { bearer: ${text(`env:${tokenVariable}`)} },`;
  return `${[...imports].sort(byPackage).join("\n")}

export default createPipeline({
  database: ${database.call(driver)},
  categories,
  strategies,
  downstreams: {
    ${propertyName(name)}: http({
      baseUrl: ${text(baseUrl)},
${auth}
    }),
  },
});
`;
}

/** Packages before files, each in the order of their names. */
function byPackage(one: string, other: string): number {
  const key = (line: string) => line.replace(/^.* from "(\.?)/, (_, dot: string) => (dot === "" ? "0" : "1"));
  return key(one) < key(other) ? -1 : 1;
}

function categoriesFile({ tables }: PlannedProject): string {
  const all = tables.map(({ variable, category, fields, table }) => {
    const columns = fields.flatMap(({ name, column }) =>
      column === undefined ? [] : [`${propertyName(name)}: ${text(column)}`],
    );
    const keys = fields.map(({ name, type }) => `${propertyName(name)}: ${text(type)}`).join(", ");
    const source = [`table: ${text(table)}`, ...(columns.length === 0 ? [] : [`columns: { ${columns.join(", ")} }`])];
    return `export const ${variable} = category(${text(category)}, { ${keys} }, { ${source.join(", ")} });`;
  });
  return `import { category } from "@syncline/core";

// The data dictionary: what can change, by its key. A change that is recorded says where, and not what.
${all.join("\n")}

export const categories = [${tables.map(({ variable }) => variable).join(", ")}];
`;
}

function strategiesFile({ tables, downstream }: PlannedProject): string {
  const all = tables.map((table) => {
    const path = [`/${encodeURIComponent(table.category)}`, ...table.fields.map(({ name }) => `{${name}}`)].join("/");
    const where = table.fields.map(({ name, sql }) => `${sql} = :${name}`).join(" AND ");
    const query = [...selectList(table.columns), `  FROM ${table.table}`, ` WHERE ${where}`];
    const leftOut =
      table.leftOut.length === 0
        ? ""
        : `    // Left out, since they look like secrets: ${table.leftOut.map((name) => visibleText(name)).join(", ")}.\n`;
    return `  strategy(${text(table.strategy)}, {
    category: ${table.variable},
${leftOut}    query: ${template(query)},
    downstream: ${text(downstream.name)},
    method: "PUT",
    path: ${text(path)},
    whenAbsent: "delete",
  }),`;
  });
  return `import { strategy } from "@syncline/core";
import { ${tables.map(({ variable }) => variable).join(", ")} } from "./categories.ts";

// What is read of a changed key, and where it goes: the row as it is when it is sent.
export const strategies = [
${all.join("\n")}
];
`;
}

/** Some columns to a line. */
function selectList(columns: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const column of columns) {
    const last = found.at(-1);
    if (last !== undefined && last.length + column.length < 80) found[found.length - 1] = `${last}, ${column}`;
    else found.push(column);
  }
  return found.map(
    (line, index) => `${index === 0 ? "SELECT " : "       "}${line}${index < found.length - 1 ? "," : ""}`,
  );
}

function text(value: string): string {
  return JSON.stringify(value);
}

/** Lines between backticks, where each sign means itself: names may have any in them. */
function template(lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    line.replaceAll(/[\\`]|\$(?=\{)/g, (sign) => `\\${sign}`).replaceAll("\r", "\\r"),
  );
  return `\`\n      ${escaped.join("\n      ")}\``;
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : text(name);
}
