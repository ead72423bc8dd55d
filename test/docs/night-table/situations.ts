import type { FailureKind } from "@syncline/core/spi";
import type { Row } from "./row.ts";

export interface Situation extends Row {
  /** Which statuses of HTTP it speaks of, and of which kind they are. */
  readonly statuses?: readonly [kind: FailureKind, ...statuses: number[]];
  /** The test that shows it, where it is looked up. */
  readonly shownBy: string;
}

const opened = (level: string) => `${level}: \`circuit opened: the lane waits\``;
const refused = "error: `downstream refuses our credentials; all its lanes wait`";
const dead = "error: `dead letter`";
const polled = "error: `the database cannot be polled; it will be tried again`";
const byPerson = "error: `the database cannot be polled before somebody mends this; it will be tried again`";
const kept = "`due`, `waiting` grow";
const none = { log: "–", health: "–", status: "–" };

const lanes = "packages/core/src/engine/lane/lane-outages.test.ts";
const outages = "test/behaviour/outages.test.ts";
const stranded = "test/operation/stranded-work.test.ts";
const login = "test/operation/login-refused.test.ts";

export const situations: readonly Situation[] = [
  {
    happened: "500, `INTERNAL`, a SOAP fault, a success that the rules take for none: for item after item",
    does: "an outage from the fifth item in a row on: nobody is charged, single items probe. Up to four have lost one attempt each",
    log: opened("warn"),
    health: "`strategy <name>`, `http.500`",
    status: kept,
    todo: "see to the downstream",
    statuses: ["transient", 500],
    shownBy: outages,
  },
  {
    happened: "520–530 and other numbers of proxies",
    does: "as 502: an outage after five calls in a row, nobody is charged",
    log: opened("warn"),
    health: "`strategy <name>`, `http.521`",
    status: kept,
    todo: "nothing: see to the downstream",
    statuses: ["unavailable", 502, 520, 521, 522, 523, 524, 525, 526, 527, 528, 529, 530],
    shownBy: outages,
  },
  {
    happened: "401, 403 for everything; 402, 407, 440, 495, 496, 498, 511, 561: the account, the certificate, a login",
    does: "all strategies of the downstream wait; one at a time probes. No key is charged",
    log: refused,
    health: "`downstream <name>`, `http.401`",
    status: kept,
    todo: "valid credentials, a paid account, a certificate; nothing to requeue",
    statuses: ["unauthorized", 401, 402, 403, 407, 440, 495, 496, 498, 511, 561],
    shownBy: lanes,
  },
  {
    happened: "403 for all of one strategy, while others of the downstream pass",
    does: "this one waits, the others go on. If it was the first to call, all wait for some seconds before",
    log: opened("error"),
    health: "`strategy <name>`, `http.403`",
    status: kept,
    todo: "the right that this strategy's path needs",
    statuses: ["unauthorized", 403],
    shownBy: lanes,
  },
  {
    happened: "404, 405, 410, 3xx for all of a strategy",
    does: "it waits, up to 5 min between probes. No key is charged, the other strategies go on",
    log: opened("error"),
    health: "`strategy <name>`, `http.404`, `http.redirect`",
    status: kept,
    todo: "mend `path` or `baseUrl`; redirects are not followed",
    statuses: ["misconfigured", 301, 302, 307, 404, 405, 410],
    shownBy: lanes,
  },
  {
    happened: "401, 403, 404, 410, 302 for one record, while others pass",
    does: "waits a moment uncharged, then loses attempts; at last dead. No circuit opens",
    log: dead,
    health: "–",
    status: "`waiting`, at last `dead`",
    todo: "mend the record there or here, then requeue or discard. Where nothing else goes out meanwhile, it looks like an outage: the rows above",
    shownBy: outages,
  },
  {
    happened: "5xx for each batch with one bad item in it",
    does: "halves the batch, at the latest before a last attempt, until that item stands alone; the others are delivered. `idempotent: false`: held, all of it",
    log: `${dead}, of that one`,
    health: "–",
    status: "`waiting`, at last `dead`: 1",
    todo: "mend the row, then requeue",
    shownBy: lanes,
  },
  {
    happened: "429, or 503 with Retry-After",
    does: "the strategy waits so long and up to a tenth more, an hour at most (`tuning.maxRetryAfterMs`), never shorter than its own growing back-off",
    log: opened("warn"),
    health: "`strategy <name>`, `http.429`",
    status: kept,
    todo: "nothing; if it never ends, `limits.rate` of the downstream",
    statuses: ["throttled", 429],
    shownBy: "packages/core/src/engine/call/lane-breaker.test.ts",
  },
  {
    happened: "Retry-After of 0, below 0 or in the past",
    does: "takes it for none: 429 waits 5 s, then up to 5 min; 503 is as 502",
    log: opened("warn"),
    health: "`strategy <name>`, `http.429`, `http.503`",
    status: kept,
    todo: "nothing",
    shownBy: "packages/core/src/transport-kit/retry-after.test.ts",
  },
  {
    happened: "a secret was rotated",
    does: "reads `env:`, `file:` or the function again once the old one is refused, also by the token endpoint; for OAuth it asks once more at once",
    log: `none, or ${refused} until the new one is there`,
    health: "`downstream <name>`, `http.401`, `http.token`, `http.secret`",
    status: kept,
    todo: "put the new one into its place. No restart",
    shownBy: "packages/transports/http/src/oauth2.test.ts",
  },
  {
    happened: "a readable 2xx whose body is missing, cut or no JSON",
    does: "accepted where no rule reads it, and where rules only explain failures (but for one that is cut). Otherwise the item is tried again, though it may have been taken; `idempotent: false`: held",
    log: `${dead}, or of all: ${opened("warn")}`,
    health: "–, or `strategy <name>`, `http.answer`",
    status: "`waiting`, at last `dead`; `held`",
    todo: "mend the rule, or what stands between; then requeue",
    shownBy: "packages/transports/http/src/answer-bodies.test.ts",
  },
  {
    happened: "a table that a query reads is locked",
    does: "gives the read up after 5 s, or half of its time if that is less; the strategy waits and tries again. No key is charged",
    log: `after five reads ${opened("warn")}`,
    health: "`strategy <name>`, `database.busy`",
    status: kept,
    todo: "end who holds the lock: a migration, `LOCK TABLE`, `VACUUM FULL`",
    shownBy: "test/reading/locked-table.test.ts",
  },
  {
    happened: "the database's server answers nothing any more",
    does: "gives polls up after `statementTimeoutMs` (30 s) and 5 s more, and tells it then; reads after their own time. No key is charged",
    log: `${polled}; of reads ${opened("warn")}`,
    health: "`database`, `database.busy`, then `database.unavailable`, `ready: false`; of reads `strategy <name>`",
    status: "fails",
    todo: "see to the server and the network",
    shownBy: "packages/adapters/postgres/src/silent-server.test.ts",
  },
  {
    happened:
      "the login is refused: password, `CONNECT`, `pg_hba.conf`, `ALLOW_CONNECTIONS`, database's name, certificate",
    does: "starts all the same, and tries again up to each 30 s",
    log: byPerson,
    health: "`database`, `database.unavailable`, with what to mend; `ready: false`",
    status: "fails",
    todo: "as the message says; no restart",
    shownBy: login,
  },
  {
    happened: "57P03, 53300: the server starts or stops, or has no connection left",
    does: "starts all the same, and tries again up to each 30 s",
    log: polled,
    health: "`database`, `database.unavailable`; `ready: false`",
    status: "fails",
    todo: "57P03: nothing. 53300: fewer connections for the pools, or a higher limit",
    shownBy: "packages/adapters/postgres/src/connect-errors.test.ts",
  },
  {
    happened: "Syncline's tables are not there",
    does: "`start()` fails; in mid-run it tries again",
    log: polled,
    health: "`database`, `database.schema`; `ready: false`",
    status: "fails",
    todo: "`pipeline.migrate()`; if they were lost: [what to do](#the-database-was-restored-replaced-or-moved)",
    shownBy: "test/operation/tables-anew.test.ts",
  },
  {
    happened: "`query.role` is missing, or not granted to the login that reads",
    does: "the strategies wait and try again; no key is charged. `start()` says nothing of it",
    log: `after five reads, some 5 s, ${opened("warn")}`,
    health: "`strategy <name>`, `database.failed`: `it is query.role`",
    status: kept,
    todo: "`CREATE ROLE`, or `GRANT … TO` the login; no restart",
    shownBy: "packages/adapters/postgres/src/query-runner.test.ts",
  },
  {
    happened: "outside of a delivery window",
    does: "claims nothing; changes are dispatched and fold",
    log: "info: `the delivery window is closed: nothing is claimed`",
    health: "–",
    status: "`due` grows",
    todo: "nothing; [windows](schedules.md#windows)",
    shownBy: "test/behaviour/delivery-window.test.ts",
  },
  {
    ...none,
    happened: "`backfill()` fails with `query.data`: rows have no key, or one that can be none (`infinity`, NaN)",
    does: "records nothing; the message has their number",
    todo: "leave these rows out, call it again",
    shownBy: "packages/adapters/postgres/src/backfill.test.ts",
  },
  {
    happened: "a strategy was renamed or removed",
    does: "keeps what it owes, delivers none of it",
    log: 'error: `No running worker has the strategy "…"`',
    health: "`strategy <name>`, `strategy.stranded`",
    status: "`stranded: true`",
    todo: "[move or discard it](#a-strategy-was-renamed-or-removed)",
    shownBy: stranded,
  },
  {
    happened: "a strategy's row says `enabled = false`",
    does: "keeps its keys, one delivery each; delivers none",
    log: "info: `strategies loaded`, `disabled` names it",
    health: "–",
    status: "`disabled: true`, `due` grows",
    todo: "`enabled = true`: what was kept goes out. Wanted no more: delete the row, then discard",
    shownBy: stranded,
  },
  {
    happened: "no strategy wants a category's changes",
    does: "drops them, and says so once",
    log: "warn: `no strategy wants changes of this category: they are recorded, and dropped`",
    health: "–",
    status: "–",
    todo: "nothing; or add the strategy, then backfill it: what was dropped is not kept",
    shownBy: stranded,
  },
  {
    ...none,
    happened: "a flood of 50,000 changes, a large backfill, many requeued dead letters",
    does: "live changes of other categories go before a flood, and those of a strategy before its backlog; within one category the oldest go first",
    status: "`changes`, then `due`: large, and falling",
    todo: "nothing.",
    shownBy: "packages/adapters/postgres/src/floods.test.ts",
  },
  {
    happened: "`wakeUp.notify`, and yet changes wait for the next poll",
    does: "wakes nobody on a server with `max_prepared_transactions` above 0, so that two-phase commits work; polls as the schedule says",
    log: "warn: `Recording wakes nobody on this server: max_prepared_transactions is above 0`",
    health: "–",
    status: "–",
    todo: '`notify: "always"`, if no transaction that records is ever prepared',
    shownBy: "packages/adapters/postgres/src/two-phase-commit.test.ts",
  },
  {
    ...none,
    happened: "`default_transaction_read_only = on`, and workers go on writing",
    does: "states READ WRITE: that setting is a default and no lock",
    todo: "to stop deliveries, `pipeline.pause(strategy)`; to stop all writing, take the right from the login. A replica that is read-only is `database.unavailable`",
    shownBy: "packages/adapters/postgres/src/defaults.test.ts",
  },
  {
    ...none,
    happened: "recording fails with `recorder.connection`",
    does: "records nothing: no transaction is open, or it is READ ONLY",
    todo: "mend the caller: begin READ WRITE, pass that client",
    shownBy: "packages/adapters/postgres/src/recorder.test.ts",
  },
];
