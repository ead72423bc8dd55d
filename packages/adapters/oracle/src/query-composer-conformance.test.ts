import { createQueryComposer } from "@syncline/core";
import { queryComposerConformance } from "@syncline/testkit";
import { describe, it } from "vitest";
import { oracleDialect } from "./dialect.ts";

// Without "runs": there is no Oracle here. On one, the database suite runs what is composed.
queryComposerConformance(
  () => ({
    composer: createQueryComposer(oracleDialect),
    template: "SELECT i.label FROM item i WHERE i.id = :id AND i.label = :name",
    close: async () => {},
  }),
  { describe, it },
  { capabilities: ["set"] },
);
