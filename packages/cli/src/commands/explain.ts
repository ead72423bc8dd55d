import type { KeyAtStrategy, KeyDelivery, KeyReport } from "@syncline/core";
import { parseKey } from "../condition.ts";
import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";
import { showDuration } from "../times.ts";

/** Why a key was, or was not, delivered. */
export async function explain(context: Context, category: string, key: readonly string[]): Promise<ExitCode> {
  const { pipeline } = context;
  const report = await pipeline.explain(category, parseKey(key, pipeline));
  answer(context, report, () => describeKey(report));
  return 0;
}

function describeKey({ category, key, changes, refused, isCut, strategies }: KeyReport): string {
  return [
    `${category} ${key}`,
    ...changes.map(
      ({ strategy, ageMs }) =>
        `recorded ${showDuration(ageMs)} ago${strategy === null ? "" : ` for ${strategy} alone`}, not yet dispatched: does a worker run?`,
    ),
    ...refused.map(({ reason, ageMs }) => `refused, recorded ${showDuration(ageMs)} ago: ${reason}`),
    ...(isCut
      ? ["More of the category wait, or were refused, than were looked at: there may be others of this key."]
      : []),
    ...(strategies.length === 0
      ? ["No strategy is of this category: nothing is delivered."]
      : strategies.map(describeAt)),
  ].join("\n");
}

function describeAt({ strategy, condition, problems, paused, deliveries }: KeyAtStrategy): string {
  const lines = [
    ...conditionWords[condition],
    ...problems.map(({ at, message }) => `${at}: ${message}`),
    ...(paused ? [`paused: syncline resume ${strategy}`] : []),
    ...(deliveries.length === 0
      ? ["nothing is owed: it was delivered, or nothing was recorded since the strategy is there"]
      : []),
    ...deliveries.flatMap(describeDelivery),
  ];
  return [`${strategy}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}

const conditionWords: { readonly [Condition in KeyAtStrategy["condition"]]: readonly string[] } = {
  sound: [],
  invalid: ["the strategy is invalid, and its keys wait until it is mended"],
  disabled: ["the strategy is disabled, and its keys wait until it is enabled"],
  unknown: ["no such strategy here: another worker's, or one that was renamed (syncline stranded list)"],
};

function describeDelivery({ id, state, operation, dueInMs, attempts, ageMs, failure }: KeyDelivery): readonly string[] {
  const after = attempts > 0 ? `, after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}` : "";
  const words = {
    due: "due: waits for a worker's turn",
    waiting: `waits for another ${showDuration(Math.max(0, dueInMs))}`,
    leased: "a worker has it in hand",
    behind: "waits behind an earlier one of its key",
    dead: `dead: syncline dead show ${id}`,
    held: `held for a person, since it may have been acted upon: syncline dead show ${id}`,
  }[state];
  return [
    `${words}${after}; recorded ${showDuration(ageMs)} ago, last as ${operation}`,
    ...(failure === undefined ? [] : [`  last failure: ${failure.kind}, ${failure.code}: ${failure.message}`]),
  ];
}

export const registerExplain: Register = (program, { within }) => {
  program
    .command("explain <category> <key...>")
    .description("why a key was, or was not, delivered: `syncline explain order orderId=42`")
    .action((category, key) => within((context) => explain(context, category, key)));
};
