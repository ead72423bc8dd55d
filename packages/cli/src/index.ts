export type { ExitCode } from "./failure.ts";
export { type RunParts, run } from "./run.ts";
export type { Choice, Questions, Terminal } from "./terminal.ts";
