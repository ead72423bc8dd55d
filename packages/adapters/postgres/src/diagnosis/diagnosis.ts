import { createDiagnosis, type Migrator, schemaExamination } from "@syncline/core/adapter-kit";
import type { Diagnosis } from "@syncline/core/spi";
import type { Connections } from "../connections.ts";
import { driftOf } from "./drift.ts";
import { horizonOf } from "./horizon.ts";
import { rightsOf } from "./rights.ts";
import { usualNames } from "./roles.ts";
import { clockOf, connectionRoomOf, serverOf } from "./server.ts";
import { serverSettingsOf, settingsOf, timeoutsOf } from "./settings.ts";
import { vacuumOf } from "./vacuum.ts";

export interface DiagnosisParts {
  /** The worker's own. Nothing is written on them. */
  readonly connections: Connections;
  /** Those of strategies' queries, where they are others. */
  readonly reads: Connections | undefined;
  readonly schema: string;
  readonly migrator: Migrator;
  /** Connections that a worker may take; `undefined` on a pool of the application's. */
  readonly wanted: number | undefined;
}

export function diagnosisWith({ connections, reads, schema, migrator, wanted }: DiagnosisParts): Diagnosis {
  return createDiagnosis([
    serverOf(connections),
    schemaExamination(migrator, `the schema ${schema}`),
    clockOf(connections),
    driftOf(connections, schema),
    rightsOf(connections, reads ?? connections, schema),
    vacuumOf(connections, schema),
    horizonOf(connections),
    serverSettingsOf(connections),
    settingsOf(connections, "worker"),
    ...(reads === undefined ? [] : [settingsOf(reads, "reader")]),
    timeoutsOf(connections, usualNames.editor),
    connectionRoomOf(connections, wanted),
  ]);
}
