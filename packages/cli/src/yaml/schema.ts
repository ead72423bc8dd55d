import { adapterNames, transportNames } from "./parts.ts";

interface Schema {
  readonly [keyword: string]: unknown;
}

const text = (description: string): Schema => ({ type: "string", minLength: 1, description });
const secret = (description: string): Schema => text(`${description} env:NAME, file:/path, or the value itself.`);

function oneOf(names: readonly string[], known: { readonly [name: string]: Schema }): Schema {
  return {
    ...{ type: "object", minProperties: 1, maxProperties: 1, additionalProperties: false },
    properties: Object.fromEntries(
      names.map((name) => [
        name,
        known[name] ?? {
          type: "object",
          description: `The options of ${name}(): see the README of @syncline/${name}.`,
        },
      ]),
    ),
  };
}

/** Editors complete and check by it; what options mean is checked by those who take them. */
export const configSchema: Schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://unpkg.com/@syncline/cli/schema/config.json",
  title: "Syncline configuration",
  type: "object",
  additionalProperties: false,
  required: ["database", "downstreams"],
  properties: {
    $schema: { type: "string", description: "For editors alone." },
    database: {
      description:
        "Where Syncline's tables are: one adapter, and its options. env:NAME and file:/path stand for values anywhere in it.",
      ...oneOf(adapterNames, {
        postgres: {
          type: "object",
          description: "The options of postgres().",
          properties: { connectionString: secret("postgres://…") },
        },
        mariadb: {
          type: "object",
          description: "The options of mariadb().",
          properties: { connectionString: secret("mariadb://…") },
        },
        sqlite: {
          type: "object",
          description: "A file, opened with better-sqlite3 or libsql.",
          additionalProperties: false,
          required: ["file"],
          properties: {
            file: text("From the folder of this file on."),
            busyTimeoutMs: { type: "integer", minimum: 0 },
          },
        },
      }),
    },
    downstreams: {
      type: "object",
      description: "By name: one transport, and its options.",
      additionalProperties: oneOf(transportNames, {
        http: {
          type: "object",
          description: "The options of http().",
          properties: { baseUrl: text("https://crm.example.com/api, or env:NAME.") },
        },
      }),
    },
    files: {
      description: "Folders with categories/ and strategies/ (@syncline/files).",
      anyOf: [
        text("From the folder of this file on."),
        { type: "array", items: text("From the folder of this file on.") },
      ],
    },
    categories: {
      type: "array",
      description: "The data dictionary, as far as it does not stand in files or in the table.",
      items: {
        type: "object",
        required: ["name", "fields"],
        properties: {
          name: text("order"),
          fields: { type: "object", additionalProperties: { type: "string" } },
          source: { type: "object" },
        },
      },
    },
    strategyTable: { type: "boolean", description: "Strategies of the database's table are in force, too." },
    categoryTable: { type: "boolean", description: "So are categories of the table." },
    redactKeys: { enum: ["hash", "omit"], description: "What logs show of keys." },
    tuning: { type: "object", additionalProperties: { type: "number" }, description: "See docs/performance.md." },
  },
};
