import { afterAll, describe, expect, it } from "vitest";
import { waitFor } from "../harness/wait-for.ts";
import { applicationDoors } from "./application-doors.ts";
import { type Column, columns, misbehaving } from "./columns.ts";
import { databaseDoors } from "./database-doors.ts";
import type { Door } from "./door.ts";
import { httpDoors } from "./http-doors.ts";
import { transportDoors } from "./transport-doors.ts";
import { delivers, openWorld, problemOf, type World } from "./world.ts";

const stopMs = 500;
const doors = [...transportDoors, ...databaseDoors, ...applicationDoors, ...httpDoors];

/** What would have ended the process. */
const ends: string[] = [];
const note = (error: unknown) =>
  void ends.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
process.on("unhandledRejection", note);
process.on("uncaughtException", note);
afterAll(() => {
  process.off("unhandledRejection", note);
  process.off("uncaughtException", note);
});

describe.each(doors.map((door) => [door.name, door] as const))("%s", (_, door) => {
  it.concurrent.each(columns.filter((column) => senselessAt(door, column) === undefined))("%s", async (column) => {
    await open(door, column);
  });
});

it("Nothing of all this would have ended the process", () => {
  expect(ends).toEqual([]);
});

it("The cells that are left out, and those that are in order, have a reason", () => {
  const reasons = doors.flatMap((door) =>
    columns.flatMap((column) => {
      const left = senselessAt(door, column);
      const fine = harmlessAt(door, column);
      if (left !== undefined) return `${door.name}, ${column}: left out, ${left}`;
      return fine === undefined ? [] : `${door.name}, ${column}: no fault, ${fine}`;
    }),
  );
  console.info(reasons.join("\n"));
  expect(reasons.every((reason) => !reason.endsWith(", "))).toBe(true);
});

function senselessAt(door: Door, column: Column): string | undefined {
  const isPromise = column === "resolves twice" || column === "resolves late";
  return (
    door.senseless?.[column] ??
    (door.isSync === true && isPromise ? "it is synchronous: as “never resolves”" : undefined)
  );
}

function harmlessAt(door: Door, column: Column): string | undefined {
  return door.harmless?.[column] ?? (column === "resolves twice" ? "the first answer counts" : undefined);
}

/** Opens the door, and looks at all that has to hold then. */
async function open(door: Door, column: Column): Promise<void> {
  const beside = door.isShared ? openWorld(() => ({})) : undefined;
  if (beside !== undefined) await start(beside);
  let calls = 0;
  const misbehave = (sound: (...given: never[]) => unknown) => {
    const wrong = misbehaving(column, sound, door.garbage);
    return (...given: unknown[]) => {
      calls += 1;
      return wrong(...given);
    };
  };
  const begun = performance.now();
  let world: World | undefined;
  try {
    world = openWorld((sound, database) => door.options(misbehave, sound, database));
    await start(world);
  } catch (error) {
    // It is refused at the start, by name.
    expect(String(error)).toContain(door.fault[1]);
    expect(harmlessAt(door, column), "it was refused").toBeUndefined();
    await delivers(beside ?? (world as World)).catch(() => {});
    if (beside !== undefined) await delivers(beside);
    if (world !== undefined) await stopInTime(world);
    await beside?.pipeline.stop();
    return;
  }
  const at = { ...world, misbehave } as World & { misbehave: typeof misbehave };
  await (door.use ?? (({ write }) => write()))(at);
  await delivers(beside ?? world);
  if (harmlessAt(door, column) === undefined) {
    await waitFor(`${door.fault.join(" ")} to be named`, () => isNamed(door, at), 20_000);
    await delivers(beside ?? world);
    if (door.isCall) await waitFor("attempts to be counted", () => at.attempts.some((attempt) => attempt > 0), 10_000);
  } else {
    await waitFor("somebody to come to the door", () => calls > 0, 10_000);
    expect(isNamed(door, at)).toBeFalsy();
  }
  const perSecond = calls / ((performance.now() - begun) / 1_000);
  expect(perSecond, "calls a second").toBeLessThan(300);
  await stopInTime(world);
  await beside?.pipeline.stop();
}

async function start({ pipeline }: World): Promise<void> {
  await pipeline.migrate();
  await pipeline.start();
}

function isNamed(door: Door, world: World): unknown {
  if (door.isNamed !== undefined) return door.isNamed(world);
  const [part, member] = door.fault;
  const found = problemOf(world, part, `fault.${member}`);
  // A log that fails cannot tell it.
  return found && (part === "log" || world.lines.some((line) => line.includes(`\`${member}\` of ${part}`)));
}

async function stopInTime({ pipeline }: World): Promise<void> {
  const begun = performance.now();
  await pipeline.stop({ timeoutMs: stopMs });
  expect(performance.now() - begun, "stop() took, in milliseconds").toBeLessThan(stopMs + 1_000);
}
