import { describe, expect, it } from "vitest";
import { FormChoice, type FormCosts } from "./form-choice.ts";

const minutes = 60_000;

const refused = { joined: undefined, fenced: undefined, each: undefined };

function choice(costs: Partial<FormCosts>, keys = 100, pinned?: "joined" | "fenced" | "each") {
  return new FormChoice({ ...refused, ...costs, keys }, pinned, 0);
}

describe("by the database's estimate,", () => {
  it("the cheapest form comes first, and every form that it takes is there", () => {
    expect(choice({ joined: 50_000, fenced: 500, each: 5 }).forms()).toEqual(["fenced", "each", "joined"]);
    expect(choice({ joined: 100, fenced: 50_000, each: 800 }).forms()).toEqual(["joined", "fenced", "each"]);
  });

  it("one statement for each key pays for each of them, and for the way there", () => {
    const costs = { joined: 20_000, each: 1 };
    expect(choice(costs, 500).forms()).toEqual(["joined", "each"]);
    expect(choice(costs, 50).forms()).toEqual(["each", "joined"]);
  });

  it("a little less is no reason for another form than the joined one", () => {
    expect(choice({ joined: 1_000, fenced: 950 }).forms()[0]).toBe("joined");
    expect(choice({ joined: 1_000, fenced: 700 }).forms()[0]).toBe("fenced");
  });

  it("a form that it refuses is not tried, unless it refuses them all: then the read says why", () => {
    expect(choice({ each: 5 }).forms()).toEqual(["each"]);
    expect(choice({}).forms()).toEqual(["joined"]);
  });

  it("a form that the strategy pins is the only one, be it refused", () => {
    expect(choice({ joined: 1, fenced: 1, each: 1 }, 100, "each").forms()).toEqual(["each"]);
    expect(choice({}, 100, "fenced").forms()).toEqual(["fenced"]);
  });
});

describe("by what was measured,", () => {
  it("a slow form comes after those that were not tried, and then the least slow one is first", () => {
    const made = choice({ joined: 100, fenced: 100, each: 1 }, 10);
    expect(made.forms()).toEqual(["joined", "fenced", "each"]);
    made.took("joined", 5_000, 0);
    expect(made.forms()).toEqual(["fenced", "each", "joined"]);
    made.took("fenced", 2_000, 0);
    made.took("each", 9_000, 0);
    expect(made.forms()).toEqual(["fenced", "joined", "each"]);
  });

  it("a form that is estimated to be twenty times dearer is not tried in a slow one's place", () => {
    const made = choice({ joined: 100, fenced: 1_000_000, each: 1_000_000 });
    made.took("joined", 5_000, 0);
    expect(made.forms()[0]).toBe("joined");
  });

  it("a quick read takes back that a form is slow", () => {
    const made = choice({ joined: 100, fenced: 100 });
    made.took("joined", 5_000, 0);
    made.took("joined", 10, 0);
    expect(made.forms()).toEqual(["joined", "fenced"]);
  });

  it("a pinned form stays, however slow", () => {
    const made = choice({ joined: 1, fenced: 1 }, 100, "fenced");
    made.took("fenced", 60_000, 0);
    expect(made.forms()).toEqual(["fenced"]);
  });

  it("the database is asked anew after ten minutes, and after one while reads take long", () => {
    const made = choice({ joined: 100 });
    expect([made.isOutdated(10 * minutes), made.isOutdated(10 * minutes + 1)]).toEqual([false, true]);
    made.took("joined", 150, 0);
    expect([made.isOutdated(minutes), made.isOutdated(minutes + 1)]).toEqual([false, true]);
  });

  it("what was slow is still known when the plans are compared anew, for ten minutes", () => {
    const before = choice({ joined: 100, fenced: 100 });
    before.took("joined", 5_000, minutes);
    const costs = { ...refused, joined: 100, fenced: 100, keys: 100 };
    expect(new FormChoice(costs, undefined, 2 * minutes, before).forms()).toEqual(["fenced", "joined"]);
    expect(new FormChoice(costs, undefined, 12 * minutes, before).forms()).toEqual(["joined", "fenced"]);
  });
});
