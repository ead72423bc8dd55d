import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Refusal } from "../failure.ts";

/**
 * Imports a package as a file of the folder would. Errors: whatever it throws; none of it is there:
 * `undefined`.
 */
export type ImportFrom = (folder: string, name: string) => Promise<unknown>;

export const importFromFolder: ImportFrom = async (folder, name) => {
  const file = resolveFrom(folder, name);
  return file === undefined ? undefined : await import(pathToFileURL(file).href);
};

function resolveFrom(folder: string, name: string): string | undefined {
  try {
    return createRequire(join(folder, "package.json")).resolve(name);
  } catch {
    return undefined;
  }
}

/** All packages of Syncline share one. */
export function ownVersion(): string {
  const manifest = readFileSync(new URL(import.meta.resolve("@syncline/cli/package.json")), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

/** By whom the command was started: `npx`, `pnpm dlx`, `yarn dlx`, `bunx`. */
export function packageManager(agent: string | undefined = process.env.npm_config_user_agent): string {
  const name = /^(npm|pnpm|yarn|bun)\//.exec(agent ?? "")?.[1];
  return name ?? "npm";
}

/** Installs what the folder's package.json names. Errors: `Refusal`, with the last that was said. */
export async function install(folder: string, manager: string, signal: AbortSignal): Promise<void> {
  const said = await new Promise<{ readonly code: number | null; readonly text: string }>((resolve, reject) => {
    // npm is a script of the shell's on Windows.
    const child = spawn(manager, ["install"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
      signal,
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (part: string) => {
        text = `${text}${part}`.slice(-4_000);
      });
    child.once("error", (error) => reject(new Refusal(`${manager} cannot be run: ${error.message}`)));
    child.once("close", (code) => resolve({ code, text }));
  });
  if (said.code === 0) return;
  throw new Refusal(
    `${manager} install failed in ${folder}:\n${said.text.trim()}\nMend it, run it there yourself, and then init again: package.json stays as it is.`,
  );
}
