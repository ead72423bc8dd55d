import type { ServiceIdentifier } from "inversify";
import type { BacklogStore } from "../contracts/backlog-store.ts";
import type { ChangeRecorder } from "../contracts/change-recorder.ts";
import type { DatabaseAdapter, DatabaseSession } from "../contracts/database-adapter.ts";
import type { Logger } from "../contracts/logger.ts";
import type { PollSchedule } from "../contracts/poll-schedule.ts";
import type { Poller } from "../contracts/poller.ts";
import type { QueryComposer } from "../contracts/query-composer.ts";
import type { QueryRunner } from "../contracts/query-runner.ts";
import type { StrategyStore } from "../contracts/strategy-store.ts";
import type { SyncInvoker } from "../contracts/sync-invoker.ts";
import type { Transport } from "../contracts/transport.ts";
import type { EventHub } from "../engine/events.ts";
import type { Faults } from "../engine/guard/faults.ts";
import type { Tuning } from "../engine/tuning.ts";
import type { Dictionary } from "../model/category.ts";

/** A token that knows what it stands for. `Symbol.for`, so that two copies of core agree. */
function token<Service>(name: string): ServiceIdentifier<Service> & symbol {
  return Symbol.for(`@syncline/core/${name}`) as ServiceIdentifier<Service> & symbol;
}

/** What plugins can rebind or wrap. `Transport` and `SyncInvoker` are bound once per downstream, named after it. */
export const TOKENS = {
  BacklogStore: token<BacklogStore>("BacklogStore"),
  ChangeRecorder: token<ChangeRecorder<unknown>>("ChangeRecorder"),
  DatabaseAdapter: token<DatabaseAdapter>("DatabaseAdapter"),
  DatabaseSession: token<DatabaseSession>("DatabaseSession"),
  Dictionary: token<Dictionary>("Dictionary"),
  EventHub: token<EventHub>("EventHub"),
  Faults: token<Faults>("Faults"),
  Logger: token<Logger>("Logger"),
  Poller: token<Poller>("Poller"),
  PollSchedule: token<PollSchedule>("PollSchedule"),
  QueryComposer: token<QueryComposer>("QueryComposer"),
  QueryRunner: token<QueryRunner>("QueryRunner"),
  StrategyStore: token<StrategyStore>("StrategyStore"),
  SyncInvoker: token<SyncInvoker>("SyncInvoker"),
  Transport: token<Transport>("Transport"),
  Tuning: token<Tuning>("Tuning"),
} as const;
