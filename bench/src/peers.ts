import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", "peers");

export const peerFile = join(folder, "graphile-worker.mjs");

/** On first use: whoever does not benchmark need not download what we compare ourselves with. */
export async function installPeers(say: (line: string) => void): Promise<void> {
  if (existsSync(join(folder, "node_modules", "graphile-worker", "package.json"))) return;
  say("Installing the peers into bench/peers, once …");
  const npm = spawn("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  const [code] = await once(npm, "exit");
  if (code !== 0) throw new Error(`The peers could not be installed: npm ci in ${folder} ended with ${code}.`);
}
