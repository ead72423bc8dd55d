import type { PipelineStatus, StrategyStatus } from "@syncline/core";
import type { Finding } from "@syncline/core/spi";
import { showDuration } from "../times.ts";

/** Older work than this is worth a look. */
const oldMs = 15 * 60_000;

function warning(at: string, message: string, why: string, remedy: string): Finding {
  return { check: "work", level: "warn", at, message, why, remedy: [remedy] };
}

/** What waits, is dead, held, stranded or paused. */
export function workFindings({ changes, oldestChangeAgeMs, refused, strategies }: PipelineStatus): readonly Finding[] {
  const findings = strategies.flatMap(ofStrategy);
  if (changes > 0 && oldestChangeAgeMs > oldMs)
    findings.push(
      warning(
        "changes",
        `${changes} wait for dispatch, the oldest for ${showDuration(oldestChangeAgeMs)}.`,
        "No worker runs, or none can dispatch.",
        "syncline run",
      ),
    );
  if (refused > 0)
    findings.push(
      warning(
        "changes",
        `${refused} fit no category of the worker that met them.`,
        "They are kept, and no downstream hears of them.",
        "Start a worker that has the category: it takes them up.",
      ),
    );
  if (findings.length > 0) return findings;
  return [{ check: "work", level: "ok", at: "work", message: "Nothing is dead, held, stranded or old." }];
}

function ofStrategy({ strategy, dead, held, stranded, paused, disabled, oldestAgeMs }: StrategyStatus): Finding[] {
  const at = `strategy ${strategy}`;
  const findings: Finding[] = [];
  const warn = (message: string, why: string, remedy: string) => findings.push(warning(at, message, why, remedy));
  if (dead > 0)
    warn(
      `${dead} dead letters.`,
      "The downstream lacks their newest state.",
      `syncline dead causes --strategy ${strategy}`,
    );
  if (held > 0)
    warn(
      `${held} are held for a person: they may have been acted upon.`,
      "They are not sent again by themselves.",
      `syncline dead list --strategy ${strategy} --state held`,
    );
  if (stranded === true) warn("No running worker has it.", "Nobody delivers what it owes.", "syncline stranded list");
  if (paused) warn("It is paused.", "Its changes collect, and none goes out.", `syncline resume ${strategy}`);
  else if (disabled !== true && stranded !== true && oldestAgeMs > oldMs)
    warn(
      `The oldest change waits for ${showDuration(oldestAgeMs)}.`,
      "Its downstream is behind by as much.",
      "See the worker's log and health.",
    );
  return findings;
}
