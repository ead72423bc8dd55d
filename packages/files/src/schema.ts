/** A JSON Schema (2020-12), as far as editors need it. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

const days = (count: number) => count * 86_400_000;
const wholeNumber = (minimum: number, maximum: number, description: string): Schema => ({
  ...{ type: "integer", minimum, maximum, description },
});
const text = (maxLength: number, description: string): Schema => ({
  ...{ type: "string", minLength: 1, maxLength, pattern: "\\S", description },
});
const oneOf = (values: readonly unknown[], description: string): Schema => ({ enum: values, description });
const shape = (properties: Schema, required: readonly string[], description: string): Schema => ({
  ...{ type: "object", properties, additionalProperties: false, description },
  ...(required.length === 0 ? {} : { required }),
});

const dialect = "https://json-schema.org/draft/2020-12/schema";
const $schema: Schema = { type: "string", description: "For editors alone." };

export const strategySchema: Schema = {
  $schema: dialect,
  $id: "https://unpkg.com/@syncline/files/schema/strategy.json",
  title: "Syncline strategy",
  ...shape(
    {
      $schema,
      name: {
        type: "string",
        pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
        description: "Deliveries carry it: a renamed strategy is another one.",
      },
      enabled: { type: "boolean", description: "false: nothing is delivered, and its keys go on collecting." },
      category: text(64, "The name of a category of the data dictionary."),
      query: {
        description: "One SELECT, whose named parameters (:orderId) are key fields of the category.",
        anyOf: [
          text(100_000, "One SELECT."),
          shape({ file: text(1_000, "A path from this file on: orders.sql.") }, ["file"], "A file of its own."),
        ],
      },
      downstream: text(200, "The name of a configured downstream."),
      path: text(2_000, "Where there: an URL path template, package.Service/Method, an operation."),
      method: text(100, "Where the transport knows such a thing."),
      options: { type: "object", description: "The transport's own; its README has them." },
      whenAbsent: oneOf(["delete", "skip", "dead"], "What to do with a key whose query yields no row."),
      compose: oneOf(["set", "joined", "fenced", "each"], "How many keys are read. Default set: as the database says."),
      rows: oneOf(["one", "many"], "many: a key yields a list. Default one."),
      versionColumn: text(200, "A column whose value goes along as the item's version."),
      coalesce: { type: "boolean", description: "false: one delivery per change, in order per key. Default true." },
      idempotent: {
        type: "boolean",
        description: "false: a call that may have landed is held for a person. Default true.",
      },
      batch: wholeNumber(1, 10_000, "Items per call. Default 1."),
      deleteBatch: wholeNumber(1, 10_000, "Items per call of deletes, at most batch."),
      concurrency: wholeNumber(1, 1_000, "Calls in flight per process. Default 8."),
      rate: shape(
        {
          perSecond: {
            ...{ type: "number", minimum: 0.00001, maximum: 1_000_000 },
            description: "Calls per second of one process.",
          },
          burst: wholeNumber(1, 1_000_000, "Calls that may be saved up. Default 1."),
        },
        ["perSecond"],
        "A token bucket.",
      ),
      retry: shape(
        {
          maxAttempts: wholeNumber(1, 1_000_000, "Default 12."),
          initialMs: wholeNumber(0, days(1), "Default 1,000."),
          maxMs: wholeNumber(0, days(7), "Default 300,000."),
        },
        [],
        "Full-jitter exponential back-off.",
      ),
      timeoutMs: wholeNumber(1, days(1), "The deadline of one call. Default 30,000."),
      debounce: shape(
        {
          quietMs: wholeNumber(1, days(7), "A key waits until it is quiet for so long."),
          maxMs: wholeNumber(1, days(7), "And no longer than this; at least quietMs."),
        },
        ["quietMs", "maxMs"],
        "A quiet window.",
      ),
      window: shape(
        {
          opens: text(200, "A cron expression: 0 22 * * 1-5."),
          closes: text(200, "A cron expression: 0 6 * * *."),
          timezone: text(100, "An IANA name. Default: the process's."),
        },
        ["opens", "closes"],
        "Outside of it nothing is claimed.",
      ),
      mode: oneOf(["live", "shadow"], "shadow: all is done but the call. Default live."),
      shadowOf: text(64, "Of a shadow: the live strategy of its category that its sample is held against."),
      numbers: oneOf(["string", "number"], "How 64-bit integers and decimals travel. Default string, which is exact."),
      queryTimeoutMs: wholeNumber(1, days(1), "The limit of one read. Default 30,000."),
      maxRows: wholeNumber(1, 1_000_000, "Rows that one key may yield. Default 1, of many 10,000."),
    },
    ["name", "category", "query", "downstream", "path", "whenAbsent"],
    "For one category and one downstream: what is read, where it goes and how.",
  ),
};

const column = { type: "string", minLength: 1, maxLength: 300 };

export const categorySchema: Schema = {
  $schema: dialect,
  $id: "https://unpkg.com/@syncline/files/schema/category.json",
  title: "Syncline category",
  ...shape(
    {
      $schema,
      name: {
        type: "string",
        pattern: "^[A-Za-z][A-Za-z0-9_.-]{0,63}$",
        description: "What recorders and strategies call it.",
      },
      fields: {
        type: "object",
        minProperties: 1,
        propertyNames: { pattern: "^[A-Za-z_][A-Za-z0-9_]{0,29}$", not: { const: "__proto__" } },
        additionalProperties: oneOf(
          ["string", "integer", "bigint", "decimal", "boolean", "uuid", "date", "timestamp"],
          "The field's type.",
        ),
        description: "The fields of its key, and their types.",
      },
      source: shape(
        {
          table: { ...column, description: "With its schema where the database has schemas: shop.orders." },
          columns: {
            type: "object",
            additionalProperties: column,
            description: "The columns of key fields that are called otherwise.",
          },
          updateOf: {
            ...{ type: "array", minItems: 1, items: column },
            description: "Columns whose UPDATE is captured. Default: all.",
          },
        },
        ["table"],
        "The table whose rows it is about.",
      ),
    },
    ["name", "fields"],
    "An entry of the data dictionary.",
  ),
};
