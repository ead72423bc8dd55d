import { describe, expect, it } from "vitest";
import { EventHub, type PipelineEvents } from "./events.ts";
import { believedObservation } from "./guard/believed-observation.ts";
import { Faults } from "./guard/faults.ts";
import { Observers } from "./observers.ts";

function scene() {
  const events = new EventHub(() => {});
  const faults: PipelineEvents["fault"][] = [];
  events.on("fault", (fault) => faults.push(fault));
  const door = new Faults(events);
  const observers = new Observers({
    caught: (...told) => door.caught(...told),
    worked: (...told) => door.worked(...told),
    believed: believedObservation,
  });
  return { observers, faults };
}

const work = { strategy: "s", keys: ["{}"] };
const end = { found: 1, absent: 0, failed: 0, deferred: 0, failure: undefined };

describe("what is observed", () => {
  it("begins for each who wants to hear of its end, and nobody else", () => {
    const { observers } = scene();
    expect(observers.isEmpty).toBe(true);
    expect(observers.begin("reading", work)).toBeUndefined();
    observers.add({ claimed: () => {} });
    expect(observers.begin("reading", work)).toBeUndefined();
    const ended: string[] = [];
    const stop = observers.add({ reading: () => ({ ended: () => void ended.push("first") }) });
    observers.add({ reading: () => ({ ended: () => void ended.push("second") }) });
    observers.begin("reading", work)?.ended(end);
    stop();
    observers.begin("reading", work)?.ended(end);
    expect(ended).toEqual(["first", "second", "second"]);
  });

  it("is done within all of them, once, and what it throws is its own", () => {
    const { observers, faults } = scene();
    const order: string[] = [];
    for (const name of ["inner", "outer"]) {
      const around = <Value>(run: () => Value): Value => {
        order.push(name);
        run();
        return run();
      };
      observers.add({ reading: () => ({ around, ended: () => {} }) });
    }
    let done = 0;
    const watched = observers.begin("reading", work);
    expect(watched?.around(() => (done += 1))).toBe(1);
    expect([order, done]).toEqual([["outer", "inner"], 1]);
    const fails = () => {
      throw new Error("of the work");
    };
    expect(() => watched?.around(fails)).toThrow("of the work");
    expect(faults).toEqual([]);
  });

  it("is done although an observer throws, everywhere, and the others hear of it", () => {
    const { observers, faults } = scene();
    const fails = () => {
      throw new Error("no");
    };
    const heard: string[] = [];
    observers.add({ claimed: fails, reading: () => ({ around: fails, ended: fails }), calling: fails });
    observers.add({
      claimed: () => void heard.push("claimed"),
      reading: () => ({ ended: () => void heard.push("read") }),
    });
    observers.tell("claimed", { startedAt: 0, durationMs: 1, claimed: 2 });
    const watched = observers.begin("reading", work);
    expect(watched?.around(() => 42)).toBe(42);
    watched?.ended(end);
    expect(heard).toEqual(["claimed", "read"]);
    expect(observers.begin("calling", { call: {} as never, downstream: "d", claims: [] })).toBeUndefined();
    expect(faults.map(({ part, member }) => `${part}: ${member}`)).toEqual(
      expect.arrayContaining(["observer: claimed", "observer: reading", "observer: calling"]),
    );
  });

  it("an observer that begins nothing costs the work nothing", () => {
    const { observers } = scene();
    observers.add({ reading: () => undefined });
    expect(observers.begin("reading", work)).toBeUndefined();
  });
});
