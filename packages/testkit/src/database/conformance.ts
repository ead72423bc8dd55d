import assert from "node:assert/strict";
import { declareSuite, type SuiteCounts } from "../suite/declare-suite.ts";
import type { ConformanceOptions, TestRunner } from "../suite/runner.ts";
import { attestedReadingChecks } from "./checks/attested-reading.ts";
import { auditChecks } from "./checks/audit.ts";
import { backfillChecks } from "./checks/backfills.ts";
import { captureChecks } from "./checks/capture.ts";
import { changedModeChecks } from "./checks/changed-mode.ts";
import { deadLetterChecks } from "./checks/dead-letters.ts";
import { definitionChecks } from "./checks/definitions.ts";
import { diagnosisChecks } from "./checks/diagnosis.ts";
import { dispatchingChecks } from "./checks/dispatching.ts";
import { interruptionChecks } from "./checks/interruption.ts";
import { leasingChecks } from "./checks/leasing.ts";
import { lifecycleChecks } from "./checks/lifecycle.ts";
import { operatingChecks } from "./checks/operating.ts";
import { quietWindowChecks } from "./checks/quiet-window.ts";
import { readingChecks } from "./checks/reading.ts";
import { recordingChecks } from "./checks/recording.ts";
import { revisionChecks } from "./checks/revisions.ts";
import { settlingChecks } from "./checks/settling.ts";
import { readLimitChecks } from "./checks/snapshots-and-limits.ts";
import { sourceChecks } from "./checks/sources.ts";
import { strandedWorkChecks } from "./checks/stranded-work.ts";
import { strategyHistoryChecks } from "./checks/strategy-history.ts";
import { strictOrderChecks } from "./checks/strict-order.ts";
import { closingSessions } from "./closing-sessions.ts";
import type { DatabaseCheck, DatabaseCheckGroup } from "./database-check.ts";
import { type CreateDatabaseFixture, type DatabaseCapability, databaseCapabilities } from "./fixture.ts";

/** Every promise of a database adapter that declares these capabilities, as checks. */
export function databaseChecks(capabilities: readonly DatabaseCapability[]): readonly DatabaseCheckGroup[] {
  return [declared(capabilities), ...promises];
}

const promises: readonly DatabaseCheckGroup[] = [
  lifecycleChecks,
  recordingChecks,
  dispatchingChecks,
  revisionChecks,
  leasingChecks,
  settlingChecks,
  quietWindowChecks,
  deadLetterChecks,
  strictOrderChecks,
  changedModeChecks,
  operatingChecks,
  strandedWorkChecks,
  auditChecks,
  backfillChecks,
  strategyHistoryChecks,
  captureChecks,
  sourceChecks,
  definitionChecks,
  diagnosisChecks,
  readingChecks,
  attestedReadingChecks,
  readLimitChecks,
  interruptionChecks,
];

/** What an adapter declares of itself is what is tested: a check cannot be got rid of by keeping quiet. */
function declared(capabilities: readonly DatabaseCapability[]): DatabaseCheckGroup {
  const check: DatabaseCheck = {
    name: "the suite is told of each capability that the adapter declares, and of no other",
    run: async ({ adapter }) => {
      for (const [capability, isDeclared] of Object.entries(adapter.capabilities)) {
        assert.equal((capabilities as readonly string[]).includes(capability), isDeclared, capability);
      }
    },
  };
  return { name: "capabilities", checks: [check] };
}

/**
 * Declares, as tests of the runner, every promise that a database adapter makes. Each check gets a fixture of its own.
 * Returns how many checks there are and how many of them are skipped.
 *
 * Errors: `TypeError` for a skip that names no check or has no reason, or a capability that is none.
 */
export function databaseConformance<Tx>(
  createFixture: CreateDatabaseFixture<Tx>,
  runner: TestRunner,
  options: ConformanceOptions<DatabaseCapability>,
): SuiteCounts {
  const suite = {
    name: "database conformance",
    capabilities: databaseCapabilities,
    groups: databaseChecks(options.capabilities),
  };
  return declareSuite(suite, async () => closingSessions(await createFixture()), runner, options);
}
