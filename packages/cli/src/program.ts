import { Command } from "commander";
import { registerApply } from "./commands/apply.ts";
import { registerAudit } from "./commands/audit.ts";
import { registerBackfill } from "./commands/backfill.ts";
import { registerCapture } from "./commands/capture.ts";
import { registerCategories } from "./commands/categories.ts";
import { registerCheck } from "./commands/check.ts";
import { registerCompare } from "./commands/compare.ts";
import { registerDead } from "./commands/dead.ts";
import { registerDev } from "./commands/dev.ts";
import { registerDiff } from "./commands/diff.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerExplain } from "./commands/explain.ts";
import { registerExport } from "./commands/export.ts";
import { registerInit } from "./commands/init.ts";
import { registerMigrate } from "./commands/migrate.ts";
import { registerPause } from "./commands/pause.ts";
import { registerPreview } from "./commands/preview.ts";
import { registerRun } from "./commands/run.ts";
import { registerShadow } from "./commands/shadow.ts";
import { registerStatus } from "./commands/status.ts";
import { registerStranded } from "./commands/stranded.ts";
import { registerStrategies } from "./commands/strategies.ts";
import type { Register, Runners } from "./registration.ts";

/** In the order in which help lists them. */
const commands: readonly Register[] = [
  registerInit,
  registerDev,
  registerRun,
  registerMigrate,
  registerCheck,
  registerDoctor,
  registerStatus,
  registerPreview,
  registerCompare,
  registerExplain,
  registerPause,
  registerBackfill,
  registerCategories,
  registerStrategies,
  registerExport,
  registerDiff,
  registerApply,
  registerShadow,
  registerAudit,
  registerCapture,
  registerDead,
  registerStranded,
];

/** Every command and its flags. */
export function createProgram(runners: Runners): Command {
  const program = new Command("syncline")
    .description("Run a pipeline, see what is stuck and why, set it right.")
    .option("-c, --config <file>", "the file whose default export is the pipeline (default: syncline.config.ts)")
    .option("--json", "one JSON document to standard output", false)
    .showHelpAfterError("See --help.")
    .configureHelp({ showGlobalOptions: true });
  for (const register of commands) register(program, runners);
  return program;
}
