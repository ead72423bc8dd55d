import { SynclineError } from "@syncline/core/spi";
import { sqlStateOf, translateError } from "../errors.ts";

/** Why the primary is read instead, for now. */
export type Unfitness = "away" | "behind" | "promoted" | "timeline";

const sentences: { readonly [why in Unfitness]: string } = {
  away: "it cannot be reached",
  behind: "it has not replayed in time what the primary had when the read began",
  promoted: "it is no replica any more: it takes writes itself",
  timeline: "it follows another timeline than the primary's, or has made no checkpoint since the primary changed",
};

/** What was asked for a read cannot serve this one. Only ever the cause of a SynclineError. */
class UnfitSource extends Error {
  readonly why: Unfitness;

  constructor(why: Unfitness, cause: unknown) {
    super(sentences[why], { cause });
    this.why = why;
  }
}

export function unfit(why: Unfitness, cause?: unknown): SynclineError {
  const reason = cause === undefined ? sentences[why] : `${sentences[why]}: ${translateError(cause).message}`;
  return new SynclineError("database.unavailable", `The database that strategies read is not fit: ${reason}.`, {
    cause: new UnfitSource(why, cause),
  });
}

/** Undefined for what says nothing about the source. A source whose connection broke in mid-read is away. */
export function unfitnessOf(error: unknown): Unfitness | undefined {
  const known = translateError(error);
  if (known.cause instanceof UnfitSource) return known.cause.why;
  return known.code === "database.unavailable" ? "away" : undefined;
}

const wayOut =
  'To read it all the same, set query.staleReads: "allow": then old states may go out as the newest, new rows be deleted ' +
  "downstream, and nothing makes up for it.";

/** For good, and not only for now: the strategy is held. */
export function wrongSource(what: string): SynclineError {
  return new SynclineError("query.invalid", `postgres({ query }) leads to ${what}. ${wayOut}`);
}

/** What an error of the questions themselves means. */
export function askingFailed(error: unknown): SynclineError {
  const state = sqlStateOf(error);
  if (state !== "42501" && state !== "42883") return unfit("away", error);
  const what = "a server that does not say whether it is this database's or its replica's";
  return wrongSource(
    `${what} (${translateError(error).message} GRANT EXECUTE ON FUNCTION pg_control_system(), pg_control_checkpoint())`,
  );
}
