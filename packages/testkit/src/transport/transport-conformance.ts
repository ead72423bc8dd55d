import type { CheckGroup } from "../suite/check.ts";
import { declareSuite, type Suite, type SuiteCounts } from "../suite/declare-suite.ts";
import type { ConformanceOptions, TestRunner } from "../suite/runner.ts";
import { closingChecks } from "./checks/closing.ts";
import { connectionChecks } from "./checks/connection.ts";
import { contentChecks } from "./checks/content.ts";
import { manifestChecks, transportCapabilities } from "./checks/manifest.ts";
import { listChecks, outcomeChecks } from "./checks/outcomes.ts";
import { probingChecks } from "./checks/probing.ts";
import { robustnessChecks } from "./checks/robustness.ts";
import { secrecyChecks } from "./checks/secrecy.ts";
import { timeChecks } from "./checks/time.ts";
import type { TransportFixture } from "./fixture.ts";
import type { TransportCapability } from "./scene.ts";

/** Every check of the suite, in groups, for a transport that declares these capabilities. */
export function transportChecks(
  declared: readonly TransportCapability[],
): readonly CheckGroup<TransportFixture, TransportCapability>[] {
  return [
    manifestChecks(declared),
    outcomeChecks,
    listChecks,
    connectionChecks,
    timeChecks,
    contentChecks,
    probingChecks,
    secrecyChecks,
    closingChecks,
    robustnessChecks,
  ];
}

/**
 * Declares as tests what a `Transport` and its `SyncInvoker` owe. Each check gets a fixture of its own.
 *
 * Errors: `TypeError`, with everything that is wrong with the options.
 */
export function transportConformance(
  createFixture: () => Promise<TransportFixture> | TransportFixture,
  runner: TestRunner,
  options: ConformanceOptions<TransportCapability>,
): SuiteCounts {
  const suite: Suite<TransportFixture, TransportCapability> = {
    name: "transport conformance",
    capabilities: transportCapabilities,
    groups: transportChecks(options.capabilities),
  };
  return declareSuite(suite, createFixture, runner, options);
}
