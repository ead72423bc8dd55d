import { afterFold, afterRouting, type Mutant } from "./mutant.ts";

export const foldMutants: readonly Mutant[] = [
  {
    name: "a fold does not raise the revision, and the change in flight is lost",
    caughtBy: "a change during the flight survives the settle: the delivery is due again at once",
    breakage: afterFold((delivery, before) => {
      delivery.revision = before.revision;
    }),
  },
  {
    name: "a fold takes the lease away",
    caughtBy: "a change during the flight leaves the lease alone",
    breakage: afterFold((delivery, _, store) => {
      delivery.dueAt = store.now();
    }),
  },
  {
    name: "a fold shortens a back-off",
    caughtBy: "a new change does not shorten a back-off",
    breakage: afterFold((delivery, before, store) => {
      if (before.token === undefined) delivery.dueAt = store.now();
    }),
  },
  {
    name: "a fold shortens a back-off to the quiet window",
    caughtBy: "a change with a quiet window does not shorten a back-off",
    breakage: afterFold((delivery, before, store) => {
      if (before.token === undefined && before.dueAt > store.now() + 1_800_000) delivery.dueAt = store.now() + 1;
    }),
  },
  {
    name: "a fold leaves a dead letter dead",
    caughtBy: "a new change revives a dead letter with fresh attempts, due at once",
    breakage: afterFold((delivery, before) => {
      if (before.state === "dead") Object.assign(delivery, { ...before, revision: delivery.revision });
    }),
  },
  {
    name: "a fold revives a dead letter with its old attempts",
    caughtBy: "a new change revives a dead letter with fresh attempts, due at once",
    breakage: afterFold((delivery, before) => {
      delivery.attempts = before.attempts;
    }),
  },
  {
    name: "a fold releases what is held for a person",
    caughtBy: "what is held for a person stays held when a new change comes",
    breakage: afterFold((delivery) => {
      delivery.state = "pending";
    }),
  },
  {
    name: "a fold forgets since when the key waits",
    caughtBy: "a delivery keeps its newest hint and its oldest time",
    breakage: afterFold((delivery) => {
      delivery.firstRecordedAt = 3_000;
    }),
  },
  {
    name: "a fold keeps the trace context of an older change",
    caughtBy: "a claim has the trace context of the last fold, or none with it",
    breakage: afterFold((delivery, before) => {
      delivery.traceparent = before.traceparent;
    }),
  },
  {
    name: "a further change does not put a quiet window off",
    caughtBy: "a further change puts a delivery off that waits to be quiet",
    breakage: afterFold((delivery, before) => {
      delivery.dueAt = before.dueAt;
    }),
  },
  {
    name: "a quiet window has no maximum",
    caughtBy: "no key waits longer than the window's maximum after its first change",
    breakage: afterRouting((delivery) =>
      delivery.debounce === undefined
        ? delivery
        : { ...delivery, debounce: { ...delivery.debounce, maxMs: Number.MAX_SAFE_INTEGER } },
    ),
  },
  {
    name: "a quiet window holds back what is due already",
    caughtBy: "a change with a quiet window does not hold back what is due already",
    breakage: afterFold((delivery, before, store) => {
      if (before.dueAt <= store.now()) delivery.dueAt = store.now() + 3_600_000;
    }),
  },
];
