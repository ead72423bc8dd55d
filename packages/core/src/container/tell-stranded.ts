import type { StrandedBacklog } from "../contracts/stranded-work.ts";

/**
 * What is left of a strategy that no running worker has, and what can be done about it, for a
 * person.
 */
export function tellStranded(backlog: StrandedBacklog): string {
  const { strategy, pending, dead, held, oldestAgeMs } = backlog;
  const counts = [
    ...(pending > 0 ? [`${pending} waiting`] : []),
    ...(dead > 0 ? [`${dead} dead`] : []),
    ...(held > 0 ? [`${held} held for a person`] : []),
  ];
  const name = JSON.stringify(strategy);
  return [
    `No running worker has the strategy ${name}, and nobody delivers what it owes: ${counts.join(", ")},`,
    `the oldest for ${duration(oldestAgeMs)}. If it was renamed: pipeline.stranded.move(${name}, { to: … });`,
    `if it was removed: pipeline.stranded.discard(${name}); otherwise start a worker that has it.`,
  ].join(" ");
}

function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.floor(ms / 1_000)} s`;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
