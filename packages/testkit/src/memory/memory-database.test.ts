import { describe, it } from "vitest";
import { databaseConformance } from "../database/conformance.ts";
import { memoryCapabilities, memoryFixture } from "../testing/memory-fixture.ts";

databaseConformance(() => memoryFixture(), { describe, it }, { capabilities: memoryCapabilities });
