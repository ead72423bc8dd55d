/** `npm create syncline-plugin`: a new adapter or transport package. */
export type { PluginKind } from "./plugin-kind.ts";
export type { QuestionStreams } from "./questions.ts";
export { run, type Terminal } from "./run.ts";
export { type ScaffoldedPlugin, type ScaffoldRequest, scaffold } from "./scaffold.ts";
