import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ErrorCode } from "@syncline/core/spi";

interface Told {
  /** Where somebody on duty meets it. */
  readonly at: string;
  readonly means: string;
  readonly todo: string;
}

const start = "`start()` fails";
const call = "the call of the API fails";
const database = "health `database`, log `cannot be polled`";
const held = "health `strategy <name>`, log `circuit opened`";
const dead = "dead letter";

/** Of errors. A new code does not compile without. */
const errors: { readonly [Code in ErrorCode]: Told } = {
  "config.invalid": { at: start, means: "an option is wrong; nothing runs", todo: "mend each of `problems`" },
  "strategy.invalid": {
    at: `${start} (code); health \`strategy <name>\`, log \`a strategy cannot work\` (table)`,
    means: "a strategy cannot work. Of a row its keys are kept, and all others go on",
    todo: "mend each of `problems`; a row is read again by itself",
  },
  "category.invalid": { at: start, means: "a category is wrong; nothing runs", todo: "mend each of `problems`" },
  "change.invalid": {
    at: "the recording transaction fails",
    means: "a change fits no category",
    todo: "mend the caller",
  },
  "plugin.incompatible": { at: start, means: "a part is of other contracts", todo: "upgrade what the message names" },
  "pipeline.state": { at: call, means: "the pipeline is stopped, or runs already", todo: "make a new one" },
  "strategy.unknown": { at: call, means: "no strategy of the name works here", todo: "see the names in the message" },
  "strategy.running": {
    at: call,
    means: "a worker has the strategy: it is not stranded, and stays as it is",
    todo: "remove it there, or stop that worker, first",
  },
  "backfill.unknown": { at: call, means: "there is no backfill of that id", todo: "see `pipeline.backfills.list()`" },
  "backfill.running": {
    at: call,
    means: "another process drives the backfill: two never do",
    todo: "wait for it or pause it; of a process that is gone, the lease ends within a minute",
  },
  "backfill.state": {
    at: `${call}; log \`failed, will be tried again\``,
    means: "the backfill is over, has failed, or its keys are of another kind than when it began",
    todo: "`pipeline.backfills.show(id)`: mend what it names and resume it, or cancel it and start another",
  },
  "definitions.changed": {
    at: call,
    means: "somebody edited the tables since they were read: nothing was done",
    todo: "look again at what is different, then apply",
  },
  "query.invalid": {
    at: held,
    means: "the database refuses the statement: a column, a table or a right is missing. Nothing is charged",
    todo: "as the message says; the next probe picks it up",
  },
  "query.data": {
    at: `${dead}; or \`backfill()\` fails`,
    means:
      "a key's value makes the query fail; or rows of a backfill have none, or one that can be no key: nothing was recorded",
    todo: "mend the row, then requeue; leave such rows out of the backfill",
  },
  "query.timeout": {
    at: `${dead}; or ${held}`,
    means:
      "the query took longer than `queryTimeoutMs`, and did not wait for a lock. A key loses an attempt; where every key does, the strategy waits",
    todo: "an index, or a larger limit, then requeue",
  },
  "query.row-limit": { at: dead, means: "a key has more rows than `maxRows`", todo: "a larger limit, then requeue" },
  "query.byte-limit": {
    at: dead,
    means: "a key's rows are larger than `tuning.maxItemBytes`",
    todo: "a narrower query or a larger limit, then requeue",
  },
  "query.refused": { at: held, means: "the query tried to write. Nothing was written", todo: "mend the template" },
  "query.unattested": {
    at: held,
    means: "keys got no answer. Nothing is charged, nothing told as deleted",
    todo: "see what stands between Syncline and the tables",
  },
  "database.unavailable": {
    at: `${database}; of a read: ${held}`,
    means:
      "no connection, no answer, or a login that is refused (`before somebody mends this`). It is tried again, up to each 30 s, also at " +
      "start; keys wait, nothing is charged or lost",
    todo: "see to the database; of a login, what the message says. No restart",
  },
  "database.busy": {
    at: `${database}; log \`failed, will be tried again\`; of a read: ${held}`,
    means:
      "a deadlock, a serialisation failure, a lock of somebody else's, also on a table that a query reads. It is tried again; no key is charged",
    todo: "if it stays: end whoever holds the lock (`pg_stat_activity`, `pg_locks`)",
  },
  "database.schema": {
    at: `${start}; ${database}`,
    means: "Syncline's tables are missing, or of another version. A start fails; in mid-run it is tried again",
    todo: "`pipeline.migrate()`, or the version of Syncline that the message names",
  },
  "database.failed": {
    at: `${database}; log \`failed, will be tried again\`; of a read: ${held}`,
    means:
      "the database refused a statement of Syncline's: a right is missing; of a read, `query.role` is missing or not granted",
    todo: "the message and the cause say which",
  },
  "recorder.connection": {
    at: "the recording call fails",
    means: "it got no open transaction, or one that is READ ONLY: nothing was recorded",
    todo: "mend the caller: the client that has begun a transaction, READ WRITE",
  },
  "operation.aborted": { at: call, means: "its signal fired, or its time was over", todo: "call it again" },
  "contract.broken": {
    at: "health, the part that failed, `fault.<member>`",
    means: "a part that is not Syncline's threw, hung or answered nonsense",
    todo: "report it to whoever wrote the part",
  },
};

/**
 * Of failures and of health: what core has beside the errors. The test looks for each of them in
 * the source.
 */
const own: { readonly [code: string]: Told } = {
  "strategy.stranded": {
    at: "health `strategy <name>`, `status()` `stranded`",
    means: "no running worker has a strategy that has deliveries. They are kept",
    todo: "[move or discard them](#a-strategy-was-renamed-or-removed), or start a worker that has it",
  },
  "dispatch.blocked": {
    at: "health `dispatch`, log `locks of others`",
    means: "somebody holds a lock that dispatches need. Changes wait",
    todo: "[end that session](#dispatch-is-blocked)",
  },
  "key.unfit": { at: dead, means: "a key of a category's former fields", todo: "backfill, then discard it" },
  "query.absent": { at: dead, means: 'no row, and `whenAbsent: "dead"`', todo: "requeue once the row is there" },
  "query.many-rows": { at: dead, means: 'several rows, and `rows: "one"`', todo: "a narrower query, then requeue" },
  "query.threw": { at: "health `database`, `fault.run`", means: "the adapter's read threw", todo: "report it" },
  "read.threw": { at: held, means: "a bug while reading. Nothing is charged", todo: "report it" },
  "item.unsendable": {
    at: dead,
    means: "what was read makes no item: `map` threw, a version is NULL",
    todo: "`preview` shows why",
  },
  "item.too-large": {
    at: dead,
    means: "an item beyond `tuning.maxItemBytes`",
    todo: "a narrower query, or a larger limit",
  },
  "lease.lapsed": {
    at: "dead or held",
    means: "whoever worked on it was killed, and it may have been sent",
    todo: "look downstream, then requeue or discard",
  },
  "invoker.threw": {
    at: "health `downstream <name>`, `fault.invoke`",
    means: "a transport threw",
    todo: "report it to its author",
  },
  "invoker.overran": { at: "as above", means: "a transport did not end in time", todo: "report it to its author" },
  "invoker.outcome": { at: "as above", means: "a transport reported what cannot be", todo: "report it to its author" },
  "invoker.code": {
    at: "as above",
    means: "a transport reported a failure without a code",
    todo: "report it to its author",
  },
  "lane.closed": { at: "–", means: "a call was ended by our own stop", todo: "nothing" },
};

/** Of transports, by what their codes begin with: their READMEs have each. */
const families: { readonly [family: string]: Told } = {
  http: { at: "as its kind", means: "`http.<status>`, or what was wrong with the answer", todo: "see the kinds" },
  net: {
    at: held,
    means: "no connection, or it broke",
    todo: "see to the downstream, DNS, the proxy, the address policy",
  },
  tls: {
    at: held,
    means: "a certificate does not hold, on either side",
    todo: "renew it, or mend `tls` of the downstream",
  },
  grpc: { at: "as its kind", means: "`grpc.<STATUS>`, or what was wrong with the answer", todo: "see the kinds" },
  soap: { at: "as its kind", means: "a fault, or what was wrong with the answer", todo: "see the kinds" },
};

const core = fileURLToPath(new URL("../../../packages/core/src", import.meta.url));
const packages = fileURLToPath(new URL("../../../packages", import.meta.url));

/** Codes that core's own source gives to failures, problems of health and errors. */
export function codesInSource(): readonly string[] {
  const begin =
    "key|query|item|lease|invoker|read|lane|dispatch|strategy|database|recorder|operation|definitions|backfill";
  const code = new RegExp(`"((?:${begin})\\.[a-z]+(?:-[a-z]+)*)"`, "g");
  const found = sourcesOf(core).flatMap((text) => [...text.matchAll(code)].map(([, name = ""]) => name));
  return [...new Set(found)].sort();
}

/** What codes of the shipped transports begin with. */
export function familiesInSource(): readonly string[] {
  const folders = ["http-client/src", "transports/http/src", "transports/grpc/src", "transports/soap/src"];
  const code = /failure\(\s*[^,]+,\s*(?:known \? )?["`]([a-z0-9]+)\./g;
  const found = folders.flatMap((folder) =>
    sourcesOf(join(packages, folder)).flatMap((text) => [...text.matchAll(code)].map(([, family = ""]) => family)),
  );
  return [...new Set(found)].sort();
}

function sourcesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !/\.test(-d)?\.ts$|testing\//.test(file))
    .map((file) => readFileSync(join(folder, file), "utf8"));
}

export const documentedCodes: readonly string[] = [...Object.keys(errors), ...Object.keys(own)];
export const documentedFamilies: readonly string[] = Object.keys(families);

export function codeTable(): string {
  const row = (code: string, { at, means, todo }: Told) => `| ${code} | ${at} | ${means} | ${todo} |`;
  return [
    "| code | where it shows | what happened, and what Syncline does | what to do |",
    "|---|---|---|---|",
    ...[...Object.entries(own), ...Object.entries(errors)].map(([code, told]) => row(`\`${code}\``, told)),
    ...Object.entries(families).map(([family, told]) => row(`\`${family}.…\``, told)),
    row("`fault.<member>`", {
      at: "health, the part that failed",
      means: "code that is not Syncline's threw, hung or answered nonsense. All else goes on",
      todo: "report it to whose bug the message says it is",
    }),
    row("`unexpected`", {
      at: "health `database`",
      means: "an error that nobody knows",
      todo: "the log has it: report it",
    }),
  ].join("\n");
}
