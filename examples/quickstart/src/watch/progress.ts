import type { Pipeline } from "@syncline/core";
import type { StrategyBacklog } from "@syncline/core/spi";
import type { Shop } from "../shop/shop.ts";
import { strategiesInCode } from "../strategies.ts";
import type { Display } from "./display.ts";
import { paint } from "./paint.ts";
import type { Scoreboard } from "./scoreboard.ts";
import { count, textTable } from "./text-table.ts";

export interface Watched<Tx> {
  readonly pipeline: Pipeline<Tx>;
  readonly shop: Shop;
  readonly scoreboard: Scoreboard;
}

/** Shows how things are until the signal fires. */
export async function showProgress<Tx>(watched: Watched<Tx>, display: Display, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { strategies } = await watched.pipeline.status();
    if (!signal.aborted) show(watched, display, strategies);
    await pause(display.everyMs, signal);
  }
  display.clear();
}

function show<Tx>({ shop, scoreboard }: Watched<Tx>, display: Display, backlogs: readonly StrategyBacklog[]): void {
  const names = [...new Set([...strategiesInCode.map(({ name }) => name), ...scoreboard.strategies])];
  const waiting = (name: string): number => {
    const backlog = backlogs.find(({ strategy }) => strategy === name);
    return backlog === undefined ? 0 : backlog.due + backlog.waiting + backlog.leased;
  };
  const rows = names.map((name) => {
    const { changes, delivered, calls, closed } = scoreboard.of(name);
    const state = closed === undefined ? paint("green", "open") : paint("yellow", "waits: downstream unavailable");
    return [name, count(changes), count(delivered), count(calls), count(waiting(name)), state];
  });
  const header = ["strategy", "changes", "delivered", "calls", "waiting", ""].map((title) => paint("dim", title));
  const business = `${count(shop.committed)} transactions, ${count(shop.rolledBack)} rolled back`;
  display.update(
    ["", paint("bold", business), ...textTable([header, ...rows], [0, 5])],
    `         ${business}; waiting: ${names.map((name) => `${name} ${count(waiting(name))}`).join(", ")}`,
  );
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
