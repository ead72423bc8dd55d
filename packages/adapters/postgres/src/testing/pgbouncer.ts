import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, chmodSync, chownSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import pg from "pg";

export interface PgBouncer {
  /** The same database by way of the pooler. */
  readonly url: string;
  readonly version: string;
  stop(): Promise<void>;
}

/** The path of the `pgbouncer` binary, or `undefined`. Debian's package puts it where a user's PATH does not look. */
export function findPgBouncer(): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, "pgbouncer")).find(isExecutable);
}

/** PgBouncer in transaction mode in front of `url`, with fewer server connections than clients. */
export async function startPgBouncer(binary: string, url: string): Promise<PgBouncer> {
  const folder = mkdtempSync(join(tmpdir(), "syncline-pgbouncer-"));
  const port = await freePort();
  const account = unprivilegedAccount();
  const settings = join(folder, "pgbouncer.ini");
  writeFileSync(settings, settingsFor(new URL(url), port));
  chmodSync(settings, 0o600);
  if (account !== undefined) for (const path of [folder, settings]) chownSync(path, account.uid, account.gid);
  const child = spawn(binary, [settings], { stdio: "ignore", ...account });
  const changed = new URL(url);
  changed.hostname = "127.0.0.1";
  changed.port = String(port);
  try {
    await answering(changed.href, child);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return {
    url: changed.href,
    version: execFileSync(binary, ["--version"], { encoding: "utf8" }).split("\n")[0] ?? "",
    stop: async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function settingsFor(server: URL, port: number): string {
  const part = (text: string) => `'${decodeURIComponent(text).replaceAll("'", "''")}'`;
  const password = server.password === "" ? "" : ` password=${part(server.password)}`;
  return `[databases]
* = host=${server.hostname || "127.0.0.1"} port=${server.port || "5432"} user=${part(server.username)}${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
`;
}

/** PgBouncer refuses to run as root. */
function unprivilegedAccount(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  let failed: Error | undefined;
  child.once("error", (error) => {
    failed = error;
  });
  for (;;) {
    if (failed !== undefined || child.exitCode !== null)
      throw failed ?? new Error(`pgbouncer ended with ${child.exitCode}`);
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    const answers = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end().catch(() => {});
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
