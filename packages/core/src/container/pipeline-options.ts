import type { DatabaseAdapter } from "../contracts/database-adapter.ts";
import type { Logger } from "../contracts/logger.ts";
import type { PollSchedule } from "../contracts/poll-schedule.ts";
import type { StrategyStore } from "../contracts/strategy-store.ts";
import type { SyncCall } from "../contracts/sync-invoker.ts";
import type { Transport } from "../contracts/transport.ts";
import type { RedactKeys } from "../engine/guard/key-redaction.ts";
import type { Tuning } from "../engine/tuning.ts";
import type { CategoryDefinition } from "../model/category-definition.ts";
import type { StrategyInCode } from "../model/strategy-in-code.ts";
import type { Plugin } from "./plugin.ts";

export interface PipelineOptions<Tx> {
  readonly database: DatabaseAdapter<Tx>;
  /** The data dictionary, as far as it is code. */
  readonly categories: readonly CategoryDefinition[];
  /** Strategies in code. */
  readonly strategies?: readonly StrategyInCode[];
  /**
   * Strategies and categories from elsewhere, such as files (`@syncline/files`). A name that code
   * has is code's, then that of the first store that has it; the table comes last.
   */
  readonly stores?: readonly StrategyStore[];
  /**
   * Whether the strategies of the database's table are in force too. Default false. Who may write that table decides
   * what is read with the query role and sent to configured downstreams, and nothing else.
   */
  readonly strategyTable?: boolean;
  /**
   * Whether the categories of the database's table are part of the data dictionary. Default false.
   * Who may write that table decides which changes are taken, and of which table's rows a category
   * is said to be.
   */
  readonly categoryTable?: boolean;
  /** By name. */
  readonly downstreams: { readonly [name: string]: Transport };
  readonly plugins?: readonly Plugin[];
  /** Default: adaptive, 10 ms to 1 s. */
  readonly schedule?: PollSchedule;
  readonly tuning?: Partial<Tuning>;
  /** Default: warnings and errors to standard error. */
  readonly log?: Logger;
  /**
   * Keys may be personal, an e-mail address say. `hash`: the log, health and the messages of failures
   * (dead letters' among them) show twelve digits of a key's SHA-256 instead, `omit`: nothing. Dead
   * letters' keys, events, and what operators ask for keep them. Default: keys are shown.
   */
  readonly redactKeys?: RedactKeys;
  /** W3C trace context to send along with a call. */
  readonly trace?: (call: SyncCall) => { readonly [header: string]: string };
}
