import { once } from "node:events";
import { existsSync, lstatSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { describe, expect, it, vi } from "vitest";
import { forkTypeScript } from "../../../tools/fork-typescript.ts";
import { accountNamed } from "./account.ts";
import { embeddedBinaries } from "./embedded.ts";
import { installedBinaries } from "./installed.ts";

const available = { installed: (await installedBinaries()) !== undefined, embedded: embeddedBinaries() !== undefined };
const fixture = new URL("./start-server.fixture.ts", import.meta.url);

interface Started {
  readonly url: string;
  readonly directory: string;
  readonly uid: number;
}

describe.each(["installed", "embedded"] as const)("a server from %s binaries", (kind) => {
  if (!available[kind]) console.log(`skipped: a server from ${kind} binaries: this machine has none`);
  it.skipIf(!available[kind])("dies with its process, even by kill -9, and leaves nothing behind", async () => {
    const owner = forkTypeScript(fixture, [kind]);
    const [started] = (await once(owner, "message")) as [Started];
    expect(await accepts(started.url)).toBe(true);
    owner.kill("SIGKILL");
    await once(owner, "exit");
    // The folder goes last. Without its folder a server ends too, but only when it notices.
    await vi.waitUntil(() => !existsSync(started.directory), { timeout: 50_000 });
    expect(await accepts(started.url)).toBe(false);
  });

  const nobody = process.getuid?.() === 0 && sourcesAreOpen() ? accountNamed("nobody") : undefined;
  if (nobody === undefined) {
    console.log(
      `skipped: ${kind} binaries for an ordinary user: only root, with sources that others may read, can try it`,
    );
  }
  it.skipIf(!available[kind] || nobody === undefined)("runs for an ordinary user too", async () => {
    const owner = forkTypeScript(fixture, [kind], { ...nobody, env: { PATH: process.env.PATH, HOME: tmpdir() } });
    const [started] = (await once(owner, "message")) as [Started];
    expect(started.uid).toBe(nobody?.uid);
    expect(lstatSync(started.directory).uid).toBe(nobody?.uid);
    owner.kill("SIGKILL");
    await vi.waitUntil(() => !existsSync(started.directory), { timeout: 50_000 });
  });
});

/** Whether another user could read this checkout at all. */
function sourcesAreOpen(): boolean {
  const folders = fixture.pathname.split("/").slice(1, -1);
  return folders.every((_, index) => (lstatSync(`/${folders.slice(0, index + 1).join("/")}`).mode & 0o001) !== 0);
}

function accepts(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
