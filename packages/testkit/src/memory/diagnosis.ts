import { clockFinding, createDiagnosis, schemaExamination } from "@syncline/core/adapter-kit";
import type { Diagnosis } from "@syncline/core/spi";
import type { MemoryStore } from "./store.ts";

/** Of tables in memory there is little to look at: no catalog, no rights, no settings. */
export function memoryDiagnosis(
  store: MemoryStore,
  checkSchema: (signal: AbortSignal) => Promise<string | undefined>,
): Diagnosis {
  return createDiagnosis([
    {
      check: "server",
      at: "the database in memory",
      look: async () => [{ level: "ok", at: "the database in memory", message: "It is part of this process." }],
    },
    schemaExamination({ checkSchema }, "the tables in memory"),
    {
      check: "clock",
      at: "the clock",
      look: async () => {
        const now = Date.now();
        return [clockFinding(store.now(), now, now)];
      },
    },
  ]);
}
