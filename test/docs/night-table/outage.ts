import type { Failure, FailureKind } from "@syncline/core/spi";
import { logEvents } from "../../../packages/core/src/container/log-events.ts";
import { Downstream } from "../../../packages/core/src/engine/call/downstream.ts";
import { LaneBreaker } from "../../../packages/core/src/engine/call/lane-breaker.ts";
import { EventHub } from "../../../packages/core/src/engine/events.ts";
import { policyOf } from "../../../packages/core/src/engine/failure-policy.ts";
import { defaultTuning } from "../../../packages/core/src/engine/tuning.ts";

/** What an outage of a kind looks like from outside. */
export interface Outage {
  /** Of the log, with their levels. */
  readonly lines: readonly string[];
  /** Which parts health names: `strategy`, `downstream`. */
  readonly parts: readonly string[];
  /** For how long nothing is sent: the first time, and at most. */
  readonly waits: string;
}

/** Led through the breaker itself, which may say otherwise than somebody who describes it. */
export function outageOf(kind: FailureKind): Outage {
  const lines = new Set<string>();
  const parts = new Set<string>();
  const waits: number[] = [];
  const { outage, reach } = policyOf({ kind });
  // Refused credentials may also be refused to one strategy alone.
  const blames =
    outage === "never" ? (["unclear"] as const) : reach === "lane" ? ([reach] as const) : ([reach, "lane"] as const);
  const failure: Failure = { kind, code: "test", message: "test", effect: "no" };
  for (const blame of blames) {
    const hub = new EventHub(() => {});
    const write = (level: string) => (_: object, line?: string) => void lines.add(`${level}: \`${line}\``);
    logEvents(hub, { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") });
    const downstream = new Downstream("crm", { invoke: async () => ({ status: "accepted" }) }, {}, 0);
    let now = 0;
    const breaker = new LaneBreaker({
      strategy: "orders",
      downstream,
      tuning: defaultTuning,
      now: () => now,
      random: () => 0.5,
      tell: (event, payload) => hub.emit(event, payload),
    });
    for (let time = 0; time < 20; time += 1) {
      breaker.failed(failure, blame);
      waits.push(blame === "downstream" ? (downstream.waitMs(now, () => {}) ?? 0) : breaker.waitMs);
      now += breaker.waitMs;
    }
    if (downstream.trouble !== undefined) parts.add("downstream");
    if (breaker.trouble !== undefined) parts.add("strategy");
  }
  const [first = 0] = waits;
  return {
    lines: [...lines],
    parts: [...parts],
    waits: `${told(first)} at first, then ever longer, up to ${told(Math.max(...waits))}`,
  };
}

function told(ms: number): string {
  return ms < 60_000 ? `${ms / 1_000} s` : `${ms / 60_000} min`;
}
