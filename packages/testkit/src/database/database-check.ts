import type { Check, CheckGroup } from "../suite/check.ts";
import type { DatabaseCapability, DatabaseFixture } from "./fixture.ts";
import { type Scene, sceneOf } from "./scene.ts";

export type DatabaseCheck = Check<DatabaseFixture, DatabaseCapability>;
export type DatabaseCheckGroup = CheckGroup<DatabaseFixture, DatabaseCapability>;

/** A check on a migrated database. */
export function onScene(
  name: string,
  run: (scene: Scene) => Promise<void>,
  ...requires: readonly DatabaseCapability[]
): DatabaseCheck {
  return { name, requires, run: async (fixture) => run(await sceneOf(fixture)) };
}

/** A check on a database without Syncline's tables. */
export function onBareDatabase(
  name: string,
  run: (fixture: DatabaseFixture) => Promise<void>,
  ...requires: readonly DatabaseCapability[]
): DatabaseCheck {
  return { name, requires, run };
}
