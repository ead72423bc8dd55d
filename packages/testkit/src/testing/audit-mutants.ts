import type { AuditLog, AuditQuery, BacklogStore, OperatorRecord } from "@syncline/core/spi";
import type { MemoryStore } from "../memory/store.ts";
import type { Breakage } from "./memory-fixture.ts";
import { breakBacklog, breakSession, type Mutant } from "./mutant.ts";

function breakAudit(broken: (sound: AuditLog, store: MemoryStore) => Partial<AuditLog>): Breakage {
  return breakSession(({ audit }, store) =>
    audit === undefined ? {} : { audit: { ...audit, ...broken(audit, store) } },
  );
}

const kept = "what an operator does is kept with who did it, why, to what and to how many";
const alsoKept = "what is moved or discarded of stranded work, and what a query backfills, is kept as well";
const notKept = "what came to nothing, failed, or has no record is not kept";
const paged = "the audit comes by page, newest first, each entry once, of an action or a strategy";

/** One member that keeps no record. */
function silent(member: "requeue" | "discard" | "pause" | "resume" | "backfill"): Mutant {
  return {
    name: `keeps nothing of what was done: ${member}`,
    caughtBy: kept,
    breakage: breakBacklog((backlog) => ({
      [member]: (of: never, signal: AbortSignal) => backlog[member](of, signal),
    })),
  };
}

/** Each entry is damaged as it is kept. */
function keeping(damage: (record: OperatorRecord) => OperatorRecord): Breakage {
  const damaged = (backlog: BacklogStore): Partial<BacklogStore> => ({
    requeue: (selection, signal, record) => backlog.requeue(selection, signal, record && damage(record)),
    discard: (selection, signal, record) => backlog.discard(selection, signal, record && damage(record)),
  });
  return breakBacklog(damaged);
}

const asked = (query: (given: AuditQuery) => AuditQuery): Breakage =>
  breakAudit(({ list }) => ({ list: (given, signal) => list(query(given), signal) }));

export const auditMutants: readonly Mutant[] = [
  ...(["requeue", "discard", "pause", "resume", "backfill"] as const).map(silent),
  {
    name: "keeps no reason",
    caughtBy: kept,
    breakage: keeping((record) => ({ ...record, reason: null })),
  },
  {
    name: "keeps a name as ASCII",
    caughtBy: kept,
    breakage: keeping((record) => ({ ...record, actor: record.actor?.replaceAll(/[^ -~]/g, "?") ?? null })),
  },
  {
    name: "knows nobody where no name is given",
    caughtBy: kept,
    breakage: keeping((record) => ({ ...record, actor: record.actor ?? "" })),
  },
  {
    name: "keeps nothing of stranded work",
    caughtBy: alsoKept,
    breakage: breakSession(({ strandedWork }) =>
      strandedWork === undefined
        ? {}
        : { strandedWork: { ...strandedWork, move: (portion, to, signal) => strandedWork.move(portion, to, signal) } },
    ),
  },
  {
    name: "keeps what is to be done before it is done",
    caughtBy: notKept,
    breakage: breakBacklog(({ backfill }, store) => ({
      backfill: (given, signal, record) => {
        if (record !== undefined)
          store.operations.push({ ...record, id: "1", at: store.now(), actor: "memory", count: null });
        return backfill(given, signal);
      },
    })),
  },
  {
    name: "keeps what came to nothing",
    caughtBy: notKept,
    breakage: breakBacklog(({ requeue }, store) => ({
      requeue: async (selection, signal, record) => {
        const count = await requeue(selection, signal, record);
        if (count === 0 && record !== undefined)
          store.operations.push({ ...record, id: "1", at: store.now(), actor: "memory", count });
        return count;
      },
    })),
  },
  {
    name: "tells the oldest first",
    caughtBy: paged,
    breakage: breakAudit(({ list }) => ({
      list: async (query, signal) => {
        const page = await list(query, signal);
        return { ...page, items: page.items.toReversed() };
      },
    })),
  },
  { name: "tells of every action", caughtBy: paged, breakage: asked(({ action: _, ...query }) => query) },
  { name: "tells of every strategy", caughtBy: paged, breakage: asked(({ strategy: _, ...query }) => query) },
];
