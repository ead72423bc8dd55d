import type { DisabledStrategy } from "../../stores/load-strategies.ts";
import type { LaneRunner } from "../lane/lane-runner.ts";
import { noRoom, type RoutedStrategy } from "./router.ts";

/** What changes are routed to. @param waiting what is broken or switched off. */
export function routedTo(
  lanes: readonly LaneRunner[],
  waiting: readonly DisabledStrategy[],
): readonly RoutedStrategy[] {
  const working = lanes.map((lane) => ({
    name: lane.strategy.name,
    category: lane.strategy.category.name,
    coalesce: lane.strategy.coalesce,
    debounce: lane.strategy.debounce,
    room: () => ({ all: lane.room, live: lane.liveRoom }),
  }));
  // What is broken can be mended, and what is switched off switched on: keys go on collecting.
  const collecting = waiting.flatMap(({ name, category, coalesce }) =>
    category === undefined ? [] : [{ name, category, coalesce, debounce: undefined, room: () => noRoom }],
  );
  return [...working, ...collecting];
}
