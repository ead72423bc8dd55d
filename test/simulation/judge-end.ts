import { isStopped } from "../../packages/testkit/src/memory/order.ts";
import { splitPlace } from "./database-witness.ts";
import type { PlaceBook } from "./place-books.ts";
import type { Scene } from "./scene.ts";
import { definitionOf, unreadable, viewOf } from "./strategies.ts";

/** What a worker called drained. */
export function judgeDrained({ store, trace }: Scene): void {
  if (store.changes.size > 0) trace.violate(`drained with ${store.changes.size} changes left`);
  for (const delivery of store.deliveries.values()) {
    const { state, strategy, key } = delivery;
    if (state === "pending" && !isStopped(store, delivery)) trace.violate(`drained with work left: ${strategy} ${key}`);
  }
}

/** When nothing is left to do, and all have stopped. */
export function judgeEnd(scene: Scene): void {
  const { books, trace } = scene;
  for (const [place, book] of books.places) judgePlace(scene, place, book);
  for (const { name, owner } of scene.drains.values()) if (!owner.dead) trace.violate(`a drain of ${name} did not end`);
  judgeDeliveries(scene);
}

function judgePlace({ trace, business }: Scene, place: string, book: PlaceBook): void {
  const [strategy, key] = splitPlace(place);
  const { whenAbsent } = definitionOf(strategy);
  const now = business.stateOf(viewOf(strategy), key);
  for (const revision of book.expected)
    if (!book.applied.has(revision)) trace.violate(`a change was never sent: ${place} ${revision}`);
  if (book.excused || book.obliged === 0n) return;
  if (now === JSON.stringify(unreadable)) return;
  // What is gone is not told to whoever does not want to hear it.
  if (now === "null" && whenAbsent !== "delete") return;
  // What it did not hear of may be what made it sendable.
  if (book.missed && whenAbsent !== "delete") return;
  if (!book.missed && book.state !== now) trace.violate(`${place} ends as ${book.state} and not as ${now}`);
  else if (book.newest < book.obliged) trace.violate(`its last change was never sent: ${place}`);
}

/**
 * Only dead letters of keys that cannot be read may be left, or that have no row where the strategy
 * says so, and what they stop.
 */
function judgeDeliveries({ store, trace, business }: Scene): void {
  for (const delivery of store.deliveries.values()) {
    const { strategy, key, state } = delivery;
    const now = business.stateOf(viewOf(strategy), key);
    const isAbsent = now === "null" && definitionOf(strategy).whenAbsent === "dead";
    const isMeant =
      (state === "dead" || isStopped(store, delivery)) && (isAbsent || now === JSON.stringify(unreadable));
    if (!isMeant) trace.violate(`left in the end, ${state}: ${strategy} ${key}`);
  }
}
