export type { Access, Authentication, ConsoleToken, Role } from "./access/authentication.ts";
export type { CallSource, InspectedCall } from "./calls.ts";
export { type Console, createConsole, type Listening, type ListenOptions } from "./create-console.ts";
export type { ConsoleOptions, ConsolePipeline } from "./options.ts";
