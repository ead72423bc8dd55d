import type { Poller } from "../../contracts/poller.ts";
import { type ChangePass, ChangeScan } from "../change-scan.ts";
import type { TakenChanges } from "../dispatch-once.ts";
import { recordedChangeOf } from "../rows.ts";
import { type DispatchStatements, dispatchSteps } from "./dispatch.ts";
import { type AskedWithin, ask, type SqlDriver, type SqlSteps } from "./driver.ts";

/** What takes the oldest changes, of a database that cannot lock, answer and delete in one statement. */
export interface TakeStatements<Statement> {
  /**
   * Locks the dispatcher's row without waiting, where there is a change behind `after`. Answers no
   * row if somebody else holds it, as `SKIP LOCKED` does; NULL if there is no change; otherwise the
   * strategies' revision.
   */
  readonly lockDispatcher: AskedWithin<Statement, { readonly after: string }>;
  /** The oldest committed changes behind `after`. Never waits. Answers in `changeColumns`. */
  readonly oldestChanges: AskedWithin<Statement, { readonly after: string; readonly limit: number }>;
  /** One at least, in the order of their ids. */
  readonly deleteChanges: AskedWithin<Statement, { readonly ids: readonly string[] }>;
}

/** `Poller.dispatch`: lock, take, delete, then what `dispatchSteps` writes, in one transaction. */
export function createDispatch<Statement>(
  driver: SqlDriver<Statement>,
  statements: DispatchStatements<Statement> & TakeStatements<Statement>,
): Poller["dispatch"] {
  const scan = new ChangeScan();
  return async (limit, route, signal) => {
    const pass = scan.begin();
    const result = await driver.transaction(
      () => dispatchSteps(() => takeSteps(statements, limit, pass), statements, route),
      signal,
    );
    // What was taken and then put back is still there.
    if (result.status === "stale") pass.goneThrough = undefined;
    scan.end(pass);
    return result;
  };
}

function* takeSteps<Statement>(
  { lockDispatcher, oldestChanges, deleteChanges }: TakeStatements<Statement>,
  limit: number,
  pass: ChangePass,
): SqlSteps<Statement, TakenChanges> {
  const { after } = pass;
  const began = performance.now();
  const [locked] = yield* ask(lockDispatcher, { after });
  pass.tookMs = performance.now() - began;
  if (locked === undefined) return { status: "busy", strategiesRevision: undefined, changes: [] };
  const [revision] = locked;
  if (revision === null || revision === undefined)
    return { status: "idle", strategiesRevision: undefined, changes: [] };
  const changes = (yield* ask(oldestChanges, { after, limit })).map(recordedChangeOf);
  const last = changes.at(-1);
  if (last !== undefined) {
    pass.goneThrough = BigInt(last.id);
    yield* ask(deleteChanges, { ids: changes.map(({ id }) => id) });
  }
  return { status: "held", strategiesRevision: String(revision), changes };
}
