import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A MariaDB server that several test files share, and what its administrator logs in with. */
export interface TestServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** Why there is no server; printed where tests are skipped for it. */
export const noServer =
  "There is no mariadbd on this machine (apt-get install mariadb-server), and SYNCLINE_MARIADB_URL is not set: " +
  "what needs a live MariaDB is skipped.";

/** The server at SYNCLINE_MARIADB_URL; or one of its own, begun by the first who asks; or none. */
export async function testServer(): Promise<TestServer | undefined> {
  const given = process.env.SYNCLINE_MARIADB_URL;
  if (given !== undefined && given !== "") return atUrl(given);
  const program = findProgram("mariadbd");
  const install = findProgram("mariadb-install-db");
  if (program === undefined || install === undefined) {
    console.warn(noServer);
    return undefined;
  }
  return shared(() => ({ program, install }));
}

function atUrl(text: string): TestServer {
  const { hostname, port, username, password } = new URL(text);
  const parts = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { host: hostname, port: port === "" ? 3306 : Number(port), ...parts };
}

function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/usr/bin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

interface Programs {
  readonly program: string;
  readonly install: string;
}

/** Test files run in processes of one parent: the first of them starts the server for all. */
async function shared(programs: () => Programs): Promise<TestServer> {
  const folder = join(tmpdir(), `syncline-mariadb-${process.getuid?.() ?? 0}-${process.ppid}`);
  const said = join(folder, "server.json");
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    return eventually(said);
  }
  await start(programs(), folder, said);
  return eventually(said);
}

const startMs = 90_000;

async function eventually(said: string): Promise<TestServer> {
  for (let waited = 0; waited < startMs; waited += 50) {
    if (existsSync(said)) return JSON.parse(readFileSync(said, "utf8")) as TestServer;
    await sleep(50);
  }
  throw new Error(`The test server did not start within ${startMs} ms: see ${said}.`);
}

async function start({ program, install }: Programs, folder: string, said: string): Promise<void> {
  const data = join(folder, "data");
  const asRoot = process.getuid?.() === 0 ? ["--user=root"] : [];
  const flags = ["--no-defaults", ...asRoot, `--datadir=${data}`];
  execFileSync(install, [...flags, "--auth-root-authentication-method=normal", "--skip-test-db"], { stdio: "ignore" });
  const server: TestServer = {
    host: "127.0.0.1",
    port: await freePort(),
    user: "admin",
    password: randomBytes(18).toString("hex"),
  };
  const accounts = join(folder, "accounts.sql");
  writeFileSync(accounts, accountsOf(server));
  chmodSync(accounts, 0o600);
  const own = [
    ...[`--socket=${join(folder, "s")}`, `--port=${server.port}`, "--bind-address=127.0.0.1", "--skip-name-resolve"],
    ...[`--pid-file=${join(folder, "pid")}`, `--init-file=${accounts}`, "--max-connections=600"],
    ...["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"],
    // Nothing has to survive a crash of this machine, and tests make many tables.
    ...["--innodb-flush-method=nosync", "--skip-sync-frm", "--innodb-log-file-size=32M"],
  ];
  // Whatever becomes of the parent, server and folder go with it.
  const script = `"$@" >"${folder}/log" 2>&1 & pid=$!
while kill -0 ${process.ppid} 2>/dev/null && kill -0 $pid 2>/dev/null; do sleep 1; done
kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null; rm -rf "${folder}"`;
  spawn("sh", ["-c", script, "sh", program, ...flags, ...own], { detached: true, stdio: "ignore" }).unref();
  for (let waited = 0; !isReady(folder) && waited < startMs; waited += 50) await sleep(50);
  rmSync(accounts, { force: true });
  writeFileSync(`${said}.new`, JSON.stringify(server), { mode: 0o600 });
  renameSync(`${said}.new`, said);
}

function isReady(folder: string): boolean {
  const log = join(folder, "log");
  return existsSync(log) && readFileSync(log, "utf8").includes("ready for connections");
}

function accountsOf({ user, password }: TestServer): string {
  return [
    `CREATE USER '${user}'@'%' IDENTIFIED BY '${password}';`,
    `GRANT ALL ON *.* TO '${user}'@'%' WITH GRANT OPTION;`,
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${password}';`,
    "",
  ].join("\n");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listening = createServer().on("error", reject);
    listening.listen(0, "127.0.0.1", () => {
      const address = listening.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      listening.close(() => resolve(port));
    });
  });
}
