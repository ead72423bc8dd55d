import type { BackfillStore } from "@syncline/core/spi";
import type { MemoryStore } from "../memory/store.ts";
import { never } from "../suite/expectations.ts";
import type { Breakage } from "./memory-fixture.ts";
import { breakSession, type Mutant } from "./mutant.ts";

function breakBackfills(broken: (sound: BackfillStore, store: MemoryStore) => Partial<BackfillStore>): Breakage {
  return breakSession(({ backfills }, store) =>
    backfills === undefined ? {} : { backfills: { ...backfills, ...broken(backfills, store) } },
  );
}

const kept = "a backfill is kept with all that is said of it, and is found";
const chunked = "chunk by chunk, each key is recorded once, and where it stands with them";
const placed = "of a chunk whose place was not kept, nothing is recorded";
const leased = "only who holds the lease records and renews";
const ended = "a lease that has ended is taken, and who had it records nothing more";
const held = "a pause, a failure and a cancellation hold, whoever drives it";
const counted = "rows without a key are counted at the end, and keys that come twice are one";

export const backfillMutants: readonly Mutant[] = [
  {
    name: "keeps no reason of a backfill",
    caughtBy: kept,
    breakage: breakBackfills(({ begin }) => ({
      begin: (backfill, lease, signal, record) => begin(backfill, lease, signal, { ...record, reason: null }),
    })),
  },
  {
    name: "lists the oldest backfill first",
    caughtBy: kept,
    breakage: breakBackfills(({ list }) => ({
      list: async (query, signal) => (await list(query, signal)).toReversed(),
    })),
  },
  {
    name: "records a chunk, and does not keep where the backfill stands",
    caughtBy: chunked,
    breakage: breakBackfills(({ record }, store) => ({
      record: async (job, ...given) => {
        const chunk = await record(job, ...given);
        const stored = store.backfills.get(job.id);
        if (stored !== undefined && chunk !== undefined && !chunk.isLast)
          stored.job = { ...stored.job, position: job.position };
        return chunk;
      },
    })),
  },
  {
    name: "keeps where a backfill stands before its keys are recorded, which then fails",
    caughtBy: chunked,
    breakage: breakBackfills(({ record }, store) => ({
      record: async (...given) => {
        const before = store.lastChangeId;
        const chunk = await record(...given);
        for (const id of store.changes.keys()) if (id === before + 1n) store.changes.delete(id);
        return chunk;
      },
    })),
  },
  {
    name: "never ends a backfill",
    caughtBy: chunked,
    breakage: breakBackfills(({ record }) => ({
      record: async (...given) => {
        const chunk = await record(...given);
        return chunk && { ...chunk, isLast: false };
      },
    })),
  },
  {
    name: "records a chunk wherever the backfill stands meanwhile",
    caughtBy: placed,
    breakage: breakBackfills(({ record, list }) => ({
      record: async (job, ...given) => {
        const [now] = await list({ id: job.id, limit: 1 }, never);
        return record({ ...job, position: now?.position ?? job.position }, ...given);
      },
    })),
  },
  {
    name: "records for whoever asks",
    caughtBy: leased,
    breakage: breakBackfills(({ record }, store) => ({
      record: (job, category, lease, ...given) =>
        record(job, category, { ...lease, owner: store.backfills.get(job.id)?.owner ?? lease.owner }, ...given),
    })),
  },
  {
    name: "gives a backfill to a second driver",
    caughtBy: leased,
    breakage: breakBackfills(({ take }, store) => ({
      take: (id, ...given) => {
        const stored = store.backfills.get(id);
        if (stored?.job.state === "running") stored.until = 0;
        return take(id, ...given);
      },
    })),
  },
  {
    name: "never gives a lease of a backfill to another",
    caughtBy: ended,
    breakage: breakBackfills(({ take }, store) => ({
      take: async (id, ...given) => (store.backfills.get(id)?.job.state === "running" ? false : take(id, ...given)),
    })),
  },
  {
    name: "forgets a pause of a backfill",
    caughtBy: held,
    breakage: breakBackfills(() => ({ pause: async () => true })),
  },
  {
    name: "goes on with a backfill that is cancelled",
    caughtBy: held,
    breakage: breakBackfills(({ take }, store) => ({
      take: async (id, ...given) => {
        const stored = store.backfills.get(id);
        if (stored?.job.state === "cancelled") stored.job = { ...stored.job, state: "paused" };
        return take(id, ...given);
      },
    })),
  },
  {
    name: "is silent about rows without a key",
    caughtBy: counted,
    breakage: breakBackfills(({ record }) => ({
      record: async (...given) => {
        const chunk = await record(...given);
        return chunk && { ...chunk, refused: 0 };
      },
    })),
  },
  {
    name: "begins with whatever query of keys",
    caughtBy: "a query of keys that is none is refused before it begins",
    breakage: breakBackfills(({ examine }) => ({
      examine: (...given) => examine(...given).catch(() => ({ keyOrder: "", estimatedTotal: null, byIndex: null })),
    })),
  },
  {
    name: "counts what waits of every strategy",
    caughtBy: "how many keys of the strategy wait is counted, up to a number",
    breakage: breakBackfills(({ waiting }) => ({ waiting: (_, most, signal) => waiting("crm", most, signal) })),
  },
  {
    name: "keeps a resumed backfill out of the audit",
    caughtBy: "what operators do with a backfill is in the audit",
    breakage: breakBackfills(({ take }) => ({
      take: (id, lease, throttle, signal) => take(id, lease, throttle, signal),
    })),
  },
  {
    name: "heeds no signal: a chunk",
    caughtBy: "a backfill's call whose signal has fired does nothing",
    breakage: breakBackfills(({ record }) => ({
      record: (job, category, lease, limit) => record(job, category, lease, limit, never),
    })),
  },
];
