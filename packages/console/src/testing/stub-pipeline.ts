import { EventEmitter } from "node:events";
import type { PipelineEvent, PipelineStatus } from "@syncline/core";
import type { ConsolePipeline } from "../options.ts";

/** Stands for a pipeline where only the console is tested. What was done is in `done`. */
export function stubPipeline(more: Partial<ConsolePipeline> = {}) {
  const events = new EventEmitter();
  const done: (readonly unknown[])[] = [];
  const does =
    (name: string, answer: unknown) =>
    async (...parameters: readonly unknown[]): Promise<never> => {
      done.push([name, ...parameters]);
      return answer as never;
    };
  const status: PipelineStatus = {
    changes: 0,
    oldestChangeAgeMs: 0,
    refused: 0,
    strategies: [
      {
        strategy: "crm",
        due: 3,
        blocked: 0,
        waiting: 1,
        leased: 0,
        dead: 2,
        held: 0,
        oldestAgeMs: 5_000,
        paused: false,
      },
    ],
  };
  const pipeline: ConsolePipeline = {
    status: does("status", status),
    strategies: does("strategies", [{ name: "crm", category: "order", downstream: "crm", mode: "live" }]),
    lanes: () => [],
    health: () => ({ live: true, ready: true, problems: [] }),
    explain: does("explain", { category: "order", key: "{}", changes: [], refused: [], isCut: false, strategies: [] }),
    preview: does("preview", { statements: [], rows: [], operation: "none" }),
    shadow: does("shadow", { strategy: "crm", shadowOf: undefined, counts: {}, sample: [] }),
    pause: does("pause", undefined),
    resume: does("resume", undefined),
    backfill: does("backfill", 7),
    deadLetters: {
      list: does("list", { items: [], next: undefined }),
      causes: does("causes", []),
      requeue: does("requeue", 2),
      discard: does("discard", 2),
    },
    definitions: {
      list: does("definitions", { rows: [], revision: "" }),
      check: does("check", []),
      apply: does("apply", undefined),
      makeLive: does("make-live", { replaced: undefined, moved: 0 }),
    },
    audit: { list: does("audit", { items: [], next: undefined }) },
    container: { get: () => new Map() } as never,
    on: (event, listener) => {
      events.on(event, listener as (payload: unknown) => void);
      return () => void events.off(event, listener as (payload: unknown) => void);
    },
    ...more,
  };
  return { pipeline, done, emit: (event: PipelineEvent, payload: object) => events.emit(event, payload) };
}
