import { keyHistories } from "./key-history.ts";
import type { History } from "./observation.ts";

/** Everything seen of one key of one strategy, a line each, in order of time. */
export function tellKey(history: History, strategy: string, key: string): readonly string[] {
  const found = keyHistories(history).find((each) => each.strategy.name === strategy && each.key === key);
  if (found === undefined) return [];
  const lines = [
    ...found.changes.map(({ at, stamp }) => [at, `recorded ${stamp}`] as const),
    ...found.arrivals.map(
      (item) =>
        [
          item.at,
          `revision ${item.revision} ${item.operation} ${item.content} as ${item.deliveryId}: ${item.answer}, ended ${item.endedAt}`,
        ] as const,
    ),
  ];
  const letter = found.deadLetter === undefined ? "none" : `${found.deadLetter.state} of ${found.deadLetter.code}`;
  return [
    ...lines.sort(([one], [other]) => one - other).map(([at, text]) => `${at} ${text}`),
    `in the end: dead letter ${letter}, source ${found.source}`,
  ];
}
