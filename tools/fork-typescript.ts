import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * Runs a TypeScript file in a process of its own, on the packages' sources, for tests that need several processes or
 * have to kill one. `process.send` and `message` events work between the two.
 *
 * ```ts
 * const worker = forkTypeScript(new URL("./worker.ts", import.meta.url), ["quickly"], { env: {
 * ...process.env, URL: url } }); const [ready] = await once(worker, "message");
 * worker.kill("SIGKILL");
 * ```
 *
 * Everybody on the machine sees the parameters: what is secret, such as a URL with a password, goes
 * into the environment. The command line for people: `npx tsx --conditions=@syncline/source
 * file.ts`.
 */
export function forkTypeScript(
  file: URL,
  parameters: readonly string[] = [],
  options: SpawnOptions = {},
): ChildProcess {
  const flags = ["--conditions=@syncline/source", "--import", import.meta.resolve("tsx")];
  // `spawn` and not `fork`, which would hand on the flags of the test runner's workers.
  return spawn(process.execPath, [...flags, fileURLToPath(file), ...parameters], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    ...options,
  });
}
