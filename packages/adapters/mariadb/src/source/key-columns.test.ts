import { type CategoryDefinition, category } from "@syncline/core/spi";
import { expect, it } from "vitest";
import { tableReading } from "./key-columns.ts";

function problemsOf(definition: CategoryDefinition, type: string, fullType = type): readonly string[] {
  const column = { name: "id", type, fullType, isNullable: false, looseCollation: undefined };
  return Object.values(definition.fields).flatMap((field) => tableReading.misfit(field, column) ?? []);
}

it.each([
  [category("order", { id: "uuid" }), "uuid"],
  [category("order", { id: "string" }), "char"],
  [category("order", { id: "bigint" }), "bigint"],
])("takes a key %# for its column", (definition, type) => {
  expect(problemsOf(definition, type)).toEqual([]);
});

// Under a binary collation, a row whose UUID is in capitals would not be found, and told as deleted.
it.each(["char", "varchar"])("refuses a UUID for a %s, which is found only as it is spelled", (type) => {
  expect(problemsOf(category("order", { id: "uuid" }), type, `${type}(36)`)).toEqual([
    expect.stringMatching(/type uuid: declare it as "string"/),
  ]);
});
