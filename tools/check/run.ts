import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { root } from "../workspaces.ts";

/** What a check found wrong, in words for people. */
export class CheckFailure extends Error {}

/** Runs a program of the dependencies' (or of the system's) and returns what it printed; fails with all that it said. */
export function run(program: string, parameters: readonly string[], cwd: string = root): string {
  const path = [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const { status, stdout, stderr, error } = spawnSync(program, parameters, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, PATH: path, NO_COLOR: "1", FORCE_COLOR: "0" },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) {
    const said = [error?.message, stdout, stderr].filter((text) => text).join("\n");
    throw new CheckFailure(`${[program, ...parameters].join(" ")}\n${said}`.trim());
  }
  return stdout;
}

export function failIfAny(problems: readonly string[]): void {
  if (problems.length > 0) throw new CheckFailure(problems.join("\n"));
}

export function requireBuild(folder: string): void {
  if (!existsSync(join(root, folder, "dist"))) {
    throw new CheckFailure(`${folder} is not built. Run: npm run build`);
  }
}
