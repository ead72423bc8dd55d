import type { AnswerRules } from "@syncline/core/transport-kit";
import type { BodyForms, BodyParts, Format } from "./body-options.ts";
import type { ConflictRules } from "./conflict.ts";
import type { StrategyHeaders } from "./header-template.ts";
import type { StatusKinds } from "./status-kinds.ts";

/** How an answer is judged, as data. */
export interface HttpAnswerRules extends AnswerRules {
  /** The body is one JSON document a line: `items.path` is `""`, and the lines are the entries. */
  readonly lines?: boolean;
}

/** How a delete is told, where it is not an upsert's way. */
export interface DeleteOptions extends BodyParts {
  /** Default `DELETE`; with `envelope` or events as for an upsert. */
  readonly method?: string;
  /** Default: the strategy's. With `deleteBatch: 1` it may name the key, though upserts go as lists. */
  readonly path?: string;
  /** Default: the strategy's. */
  readonly format?: "json" | "ndjson";
  /** How its answer is judged. Default: as an upsert's. */
  readonly answer?: HttpAnswerRules;
  /** In place of the strategy's headers of the same names; null: without that one. */
  readonly headers?: StrategyHeaders;
}

/** A strategy's `options` for this transport. */
export interface HttpStrategyOptions extends BodyParts, BodyForms {
  /**
   * Sent with each call: what the downstream's `strategyHeaders` allows. No secrets: they belong to
   * the downstream. Values may be of the item: `"if-match": "{{document.etag}}"`,
   * `"x-external-version": "{{revision}}"`.
   */
  readonly headers?: { readonly [name: string]: string };
  /** What 409 and 412 mean: accepted where the downstream has this state, or a newer one. Without batches. */
  readonly onConflict?: ConflictRules;
  /** A batch goes as `{ [wrap]: […] }` instead of a plain list. */
  readonly wrap?: string;
  /**
   * Each item goes as `{ deliveryId, revision, version?, operation, key, body }` instead of the
   * document alone.
   */
  readonly envelope?: boolean;
  /**
   * How bodies are written. `json` (default): the document, or the list of them. `ndjson`: one per
   * line. `cloudevents`: CloudEvents 1.0 in JSON, each item an event; a list goes as a batch of
   * events. `form`: as HTML forms, with nested brackets. `xml`: as `xml` says.
   */
  readonly format?: Format;
  /**
   * `source`: default `/syncline/<strategy>`. `type`: default the category; the events are
   * `<type>.changed` and `<type>.deleted`.
   */
  readonly cloudevents?: { readonly source?: string; readonly type?: string };
  /**
   * How a delete is told. Default: `DELETE` to the strategy's path; with `envelope` or events, just as an
   * upsert. No `item`, `body` or `lines` of upserts is used for it.
   */
  readonly delete?: DeleteOptions;
  /**
   * Fields of the path whose values may hold slashes, backslashes, `?` or `#`. They are sent
   * percent-encoded; a proxy that decodes them makes segments of them, so no such value may make a
   * dot segment or a blank one. Any other field's value that holds one, in whatever encoding, is
   * not sent: its item fails.
   */
  readonly slashes?: readonly string[];
  readonly answer?: HttpAnswerRules;
  /**
   * What statuses mean to this strategy's calls, before what the downstream's own `statusKinds` say:
   * `{ 404: "dependency" }`, where an order's customer may not be there yet.
   */
  readonly statusKinds?: StatusKinds;
}
