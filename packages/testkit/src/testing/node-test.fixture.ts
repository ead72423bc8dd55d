import { describe, it } from "node:test";
import { databaseConformance } from "../database/conformance.ts";
import { memoryCapabilities, memoryFixture } from "./memory-fixture.ts";

databaseConformance(() => memoryFixture(), { describe, it }, { capabilities: memoryCapabilities });
