import { createQueryComposer } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { queryComposerConformance } from "@syncline/testkit";
import { describe, it } from "vitest";
import { postgresDialect } from "./dialect.ts";
import { never, openSession } from "./testing/session.ts";

const { queryRunner } = openSession({ connectionString: await testDatabase() });
const limits = { timeoutMs: 30_000, maxRows: 100, numbers: "string" } as const;

queryComposerConformance(
  () => ({
    composer: createQueryComposer(postgresDialect),
    template: `SELECT i.label FROM (VALUES (9007199254740993, 'first''value')) AS i(id, label)
      WHERE i.id = :id AND i.label = :name`,
    run: (statements) => queryRunner.run(statements, limits, never),
    close: async () => {},
  }),
  { describe, it },
  { capabilities: ["set", "runs"] },
);
