import { createQueryComposer } from "@syncline/core";
import type { QueryComposer } from "@syncline/core/spi";
import { limits } from "../database/reading.ts";
import type { QueryComposerFixture } from "../query-composer/conformance.ts";
import { never } from "../suite/expectations.ts";
import { memoryFixture } from "./memory-fixture.ts";

/** Core's composer with the memory database's dialect and a table to run on; it may be broken. */
export async function memoryComposerFixture(
  broken: (sound: QueryComposer) => Partial<QueryComposer> = () => ({}),
): Promise<QueryComposerFixture> {
  const { adapter, session, source, close } = memoryFixture();
  await session.migrate(never);
  await source.put([{ id: 1, owner: 1, label: "first'value" }]);
  const sound = createQueryComposer(adapter.dialect);
  return {
    composer: { ...sound, ...broken(sound) },
    // The table's ids are small.
    template: `SELECT i.label AS "label" FROM item i WHERE i.label = :name AND '9007199254740993' = :id`,
    run: (statements) => session.queryRunner.run(statements, limits, never),
    close,
  };
}
