import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Program } from "./processes/child.ts";

const folder = join(import.meta.dirname, "..", "peers");

export type Peer = "graphile-worker" | "pg-boss" | "pg-transactional-outbox";

/**
 * Peers need a newer Node than the oldest that Syncline runs on: a package holds its binary for the platforms where one is
 * published. Elsewhere peers run on our own Node, if that is new enough for them.
 */
const platform = process.platform === "win32" ? "win" : process.platform;
const binary = process.platform === "win32" ? "node.exe" : "node";
const peerNode = join(folder, "node_modules", `node-${platform}-${process.arch}`, "bin", binary);

export function peerProgram(peer: Peer): Program {
  return { file: join(folder, `${peer}.mjs`), ...onPeerNode() };
}

/** For a process that is to run on the Node of the peers. */
export function onPeerNode(): { readonly execPath?: string } {
  return existsSync(peerNode) ? { execPath: peerNode } : {};
}

/** On first use, and when the lock file has changed: whoever does not benchmark need not download the peers. */
export async function installPeers(say: (line: string) => void): Promise<void> {
  const wanted = await versionsOf(join(folder, "package-lock.json"));
  const there = await versionsOf(join(folder, "node_modules", ".package-lock.json"));
  const missing = Object.keys(wanted).filter((path) => !isForeign(path) && wanted[path] !== there[path]);
  if (missing.length === 0) return;
  say("Installing the peers into bench/peers …");
  const npm = spawn("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  const [code] = await once(npm, "exit");
  if (code !== 0) throw new Error(`The peers could not be installed: npm ci in ${folder} ended with ${code}.`);
}

/** A Node for another platform, which npm leaves out. */
function isForeign(path: string): boolean {
  return (
    /^node_modules\/node-(linux|win|darwin)-/.test(path) && path !== `node_modules/node-${platform}-${process.arch}`
  );
}

async function versionsOf(lock: string): Promise<{ readonly [path: string]: string | undefined }> {
  const text = await readFile(lock, "utf8").catch(() => `{"packages":{}}`);
  const { packages } = JSON.parse(text) as { packages: { [path: string]: { version?: string } } };
  return Object.fromEntries(
    Object.entries(packages)
      .filter(([path]) => path !== "")
      .map(([path, { version }]) => [path, version]),
  );
}
