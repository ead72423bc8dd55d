/** The API's documents, version 1. Times are epoch milliseconds; ages and durations milliseconds. */
import type { Health, KeyReport, LaneStatus, Preview, ShadowReport } from "@syncline/core";
import type { AuditEntry, DeadLetter, DeadLetterCause } from "@syncline/core/spi";
import type { Role } from "../access/authentication.ts";
import type { StrategyHistory } from "../database/history.ts";
import type { NewsItem } from "../database/news.ts";

export interface ErrorDocument {
  readonly error: { readonly code: string; readonly message: string };
}

export interface SessionDocument {
  readonly actor: string;
  readonly role: Role;
  /** To be sent as `x-syncline-proof` with every POST. */
  readonly proof: string | null;
  /** Whether this role may see previews. */
  readonly preview: boolean;
  readonly logout: boolean;
  readonly pipelines: readonly string[];
  /** Those whose calls are looked on, if this role may see rows. */
  readonly calls: readonly string[];
}

/** Every answer about a database: how old it is, and what keeps it from being newer. */
export interface Dated {
  readonly at: number;
  /** Why it could not be asked again. */
  readonly stale: string | null;
}

export type Level = "ok" | "warn" | "error" | "paused";

export interface OverviewDocument extends Dated {
  /** A worker runs in this process, so that breakers, rates and errors are known. */
  readonly working: boolean;
  readonly changes: number;
  readonly oldestChangeAgeMs: number;
  readonly refused: number;
  readonly due: number;
  readonly waiting: number;
  readonly leased: number;
  readonly dead: number;
  readonly held: number;
  readonly oldestAgeMs: number;
  readonly strategies: { readonly [Name in Level]: number };
  readonly problems: Health["problems"];
  /** Of the strategies, where they could not be loaded. */
  readonly unloaded: string | null;
}

export interface StrategyRow {
  readonly name: string;
  /** Not known of what no worker has. */
  readonly category: string | null;
  readonly downstream: string | null;
  readonly mode: "live" | "shadow" | null;
  /** What a shadow is held against. */
  readonly shadowOf: string | null;
  readonly level: Level;
  /** Short words for the level: `paused`, `12 dead`, a failure's code. */
  readonly why: readonly string[];
  readonly due: number;
  readonly blocked: number;
  readonly waiting: number;
  readonly leased: number;
  readonly dead: number;
  readonly held: number;
  readonly oldestAgeMs: number;
  readonly paused: boolean;
  readonly disabled: boolean;
  readonly stranded: boolean;
  readonly problems: Health["problems"];
  /** Its way to the downstream in this process; `null`: this one has none. */
  readonly lane: Lane | null;
}

export type Lane = Pick<LaneStatus, "circuit" | "reading" | "ready" | "sending" | "calls" | "opensAt">;

export interface StrategyWithHistory extends StrategyRow {
  readonly history: StrategyHistory | null;
}

export interface StrategiesDocument extends Dated {
  readonly working: boolean;
  readonly items: readonly StrategyWithHistory[];
  /** That fit the filter, and of all. */
  readonly matching: number;
  readonly total: number;
  /** Between two points of the history. */
  readonly historyMs: number;
}

export interface DictionaryDocument {
  readonly categories: readonly {
    readonly name: string;
    readonly fields: { readonly [field: string]: string };
    readonly hasSource: boolean;
  }[];
}

export interface CausesDocument extends Dated {
  readonly causes: readonly DeadLetterCause[];
}

export interface DeadLettersDocument {
  readonly items: readonly DeadLetter[];
  readonly next: string | null;
}

export interface AuditDocument {
  /** Newest first. */
  readonly items: readonly AuditEntry[];
  readonly next: string | null;
}

export interface NewsDocument {
  readonly working: boolean;
  /** Of this process, those that send nothing, or work now: at most 200, those that send nothing first. */
  readonly lanes: readonly LaneStatus[];
  /** Of how many. */
  readonly allLanes: number;
  readonly problems: Health["problems"];
  readonly items: readonly NewsItem[];
}

export interface CallRow {
  readonly id: string;
  readonly at: number;
  readonly strategy: string;
  readonly downstream: string | null;
  readonly operation: "upsert" | "delete";
  readonly attempt: number;
  /** JSON of the first, cut. */
  readonly key: string;
  /** How many. */
  readonly keys: number;
  /** `PUT https://…`, as far as the transport tells. */
  readonly line: string;
  readonly outcome: { readonly level: "ok" | "warn" | "error"; readonly words: string };
}

export interface CallsDocument {
  /** Whether they go out. */
  readonly sends: boolean;
  /** Newest first. */
  readonly items: readonly CallRow[];
}

export interface CallDocument extends CallRow {
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string | null;
}

export type ExplainDocument = KeyReport;
export type PreviewDocument = Preview;
export type ShadowDocument = ShadowReport;

/** `done`: how many. `running`: it goes on, and nobody waits for it any more. */
export type ActionDocument =
  | { readonly state: "done"; readonly count: number | null }
  | { readonly state: "running"; readonly count: null };
