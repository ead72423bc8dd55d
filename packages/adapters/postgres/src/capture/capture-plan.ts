import type { CapturePlan } from "@syncline/core/adapter-kit";
import type { TableFacts } from "../source/table-facts.ts";
import { quotedTable } from "../source/table-name.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import type { CaptureFacts, FunctionFacts, TriggerFacts } from "./capture-facts.ts";
import {
  type CapturedName,
  type CaptureKey,
  captureBody,
  capturedName,
  captureName,
  markedTable,
} from "./capture-function.ts";
import { type WantedTrigger, wantedTriggers } from "./wanted-triggers.ts";

/** Without what it leaves uncaptured. */
type PlannedTriggers = Omit<CapturePlan, "uncaptured">;

interface Found extends TriggerFacts {
  readonly calls: FunctionFacts;
}

/** `schema` is a quoted identifier. */
export function installPlan(schema: string, facts: CaptureFacts, key: CaptureKey): PlannedTriggers {
  const { table } = key;
  const name = captureName(capturedName(key));
  const functionName = `capture_${name}`;
  const calls = `${schema}.${quoteIdentifier(functionName)}`;
  const body = captureBody(schema, key);
  const held = [...key.columns.map(({ column }) => column.name), ...key.updateOf.map((column) => column.name)];
  const wanted = wantedTriggers(table, name, calls, [...new Set(held)]);
  const found = triggersOf(facts, table, capturedName(key));
  const now = facts.functions.find((each) => each.name === functionName);
  const isSame = now?.text === body && now.isSafe;
  const isKept = (trigger: Found) => wanted.some((each) => isAsWanted(trigger, each, functionName));
  const missing = wanted.filter((each) => !found.some((trigger) => isAsWanted(trigger, each, functionName)));
  const outdated = found.filter((trigger) => !isKept(trigger));
  return {
    triggers: found.map(asSqlNames),
    drift: found.length === 0 ? [] : driftOf(isSame, missing, outdated, table),
    statements: [
      ...outdated.map(dropTrigger),
      ...(isSame ? [] : functionStatements(calls, body, facts)),
      ...missing.map(({ statement }) => statement),
      ...unused(facts, outdated, functionName).map((each) => dropFunction(schema, each)),
    ],
  };
}

/** Whatever of the category is on the table, or was made for it. `table`: `undefined` where it is gone. */
export function removePlan(
  schema: string,
  facts: CaptureFacts,
  table: TableFacts | undefined,
  key: CapturedName,
): PlannedTriggers {
  const found = triggersOf(facts, table, key);
  const statements = [...found.map(dropTrigger), ...unused(facts, found).map((each) => dropFunction(schema, each))];
  return { triggers: found.map(asSqlNames), drift: [], statements };
}

function triggersOf(
  { functions }: CaptureFacts,
  table: TableFacts | undefined,
  { category, table: name }: CapturedName,
): readonly Found[] {
  const members = new Set(table?.tree.map(({ oid }) => oid));
  return functions.flatMap((each) =>
    each.triggers
      .filter((trigger) => members.has(trigger.table.oid) || markedTable(each.text, category) === name)
      .map((trigger) => ({ ...trigger, calls: each })),
  );
}

const asSqlNames = ({ name, table }: Found) => ({ name, table: quotedTable(table) });

function isAsWanted(trigger: Found, wanted: WantedTrigger, functionName: string): boolean {
  return (
    trigger.calls.name === functionName &&
    trigger.table.oid === wanted.member.oid &&
    trigger.name === wanted.name &&
    trigger.type === wanted.type &&
    (trigger.enabled === "O" || trigger.enabled === "A") &&
    [...trigger.columns].sort().join("\0") === [...wanted.columns].sort().join("\0")
  );
}

function driftOf(
  isSame: boolean,
  missing: readonly WantedTrigger[],
  outdated: readonly Found[],
  { tree }: TableFacts,
): readonly string[] {
  const members = new Set(tree.map(({ oid }) => oid));
  return [
    ...(isSame ? [] : ["The function that records is not the one that this source and this version make."]),
    ...outdated.map(({ name, table, enabled }) => {
      if (!members.has(table.oid)) return `${quotedTable(table)} has a trigger ${name}, and is no part of the table.`;
      return enabled === "D" || enabled === "R"
        ? `${quotedTable(table)}: the trigger ${name} is disabled.`
        : `${quotedTable(table)}: the trigger ${name} is of another source.`;
    }),
    ...missing
      .filter((each) => !outdated.some(({ name, table }) => name === each.name && table.oid === each.member.oid))
      .map(({ name, member }) => `${quotedTable(member)} has no trigger ${name}.`),
  ];
}

/** Those that no trigger calls once these are gone. */
function unused({ functions }: CaptureFacts, gone: readonly Found[], but?: string): readonly string[] {
  return functions
    .filter(({ name, triggers }) => {
      const left = triggers.length - gone.filter(({ calls }) => calls.name === name).length;
      return name !== but && left === 0;
    })
    .map(({ name }) => name);
}

function dropTrigger({ name, table }: Found): string {
  return `DROP TRIGGER ${quoteIdentifier(name)} ON ${quotedTable(table)}`;
}

function dropFunction(schema: string, name: string): string {
  return `DROP FUNCTION ${schema}.${quoteIdentifier(name)}()`;
}

/** What a tag may be depends on the text. */
function functionStatements(calls: string, body: string, { owner, login }: CaptureFacts): readonly string[] {
  const tag = body.includes("$body$") ? undefined : "$body$";
  const text = tag === undefined ? quoteLiteral(body) : `${tag}${body}${tag}`;
  return [
    `CREATE OR REPLACE FUNCTION ${calls}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ${text}`,
    `REVOKE ALL ON FUNCTION ${calls}() FROM PUBLIC`,
    ...(owner === null || owner === login ? [] : [`ALTER FUNCTION ${calls}() OWNER TO ${quoteIdentifier(owner)}`]),
  ];
}
