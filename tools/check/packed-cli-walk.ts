// Run by packed-cli.ts: <folder with the packed packages>. Throws where something is not as the README says.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ownPostgres } from "@syncline/dev-postgres";
import pg from "pg";

/** The driver that the adapter's own tests use. */
interface Driver {
  new (file: string): { exec(sql: string): unknown; pragma(text: string): unknown; close(): unknown };
}
const Database = createRequire(join(process.cwd(), "packages/adapters/sqlite/package.json"))("libsql") as Driver;

const [, , consumer = ""] = process.argv;
const bin = join(consumer, "node_modules", "@syncline", "cli", "bin", "syncline.js");
const secret = "planted-secret";
/** Whatever any command printed, to be looked through at the end. */
let printed = "";

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

class Running {
  out = "";
  err = "";
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;

  constructor(folder: string, parameters: readonly string[]) {
    const { DATABASE_URL: _, NODE_OPTIONS: __, ...env } = process.env;
    this.#child = spawn(process.execPath, [bin, ...parameters], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.out += text;
      printed += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.err += text;
      printed += text;
    });
    this.ended = once(this.#child, "close").then(([code]) => ({
      code: code as number | null,
      out: this.out,
      err: this.err,
    }));
  }

  async says(words: string | RegExp): Promise<void> {
    let isOver = false;
    void this.ended.then(() => {
      isOver = true;
    });
    await until(() => {
      const said = `${this.out}\n${this.err}`;
      if (typeof words === "string" ? said.includes(words) : words.test(said)) return true;
      assert.ok(!isOver, `it ended before it said ${words}: ${said}`);
      return false;
    }, `${words} in ${this.out}\n${this.err}`);
  }

  /** As `| head` does once it has seen enough. */
  readNoMore(): Promise<Ended> {
    this.#child.stdout?.destroy();
    return this.ended;
  }

  async interrupt(): Promise<Ended> {
    this.#child.kill("SIGINT");
    return await this.ended;
  }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 60_000; !holds(); await sleep(25))
    if (Date.now() > end) throw new Error(`In a minute there was no ${what}`);
}

const cli = async (folder: string, ...parameters: readonly string[]): Promise<Ended> =>
  await new Running(folder, parameters).ended;
const fine = async (folder: string, ...parameters: readonly string[]): Promise<string> => {
  const { code, out, err } = await cli(folder, ...parameters);
  assert.equal(code, 0, `${parameters.join(" ")}\n${out}\n${err}`);
  return out;
};

/** A downstream that takes rows with PUT, or refuses all of them. */
const took = new Map<string, string>();
let refuses = false;
const downstream = createServer((incoming, response) => {
  let body = "";
  incoming.setEncoding("utf8").on("data", (part: string) => {
    body += part;
  });
  incoming.on("end", () => {
    if (!refuses) took.set(`${incoming.method} ${incoming.url}`, body);
    response.writeHead(refuses ? 422 : 200).end(refuses ? '{"error":"no such customer"}' : "{}");
  });
});
await once(downstream.listen(0, "127.0.0.1"), "listening");
const address = `http://127.0.0.1:${(downstream.address() as AddressInfo).port}`;

interface Place {
  readonly folder: string;
  readonly database: string;
  readonly table: string;
  readonly change: (sql: string) => unknown;
}

async function walk({ folder, database, table, change }: Place): Promise<void> {
  await fine(
    folder,
    "init",
    "--database",
    database,
    "--table",
    table,
    "--downstream",
    `crm=${address}`,
    "--yes",
    "--no-install",
  );
  const wrong = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name !== ".env" && !entry.parentPath.includes("node_modules"))
    .filter((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8").includes(secret));
  assert.deepEqual(wrong, [], "the password stands in .env alone");

  const dev = new Running(folder, ["dev", "--migrate", "--capture"]);
  await dev.says("Watching for crm-orders");
  await change("INSERT INTO orders (id, note) VALUES (1, 'first')");
  await dev.says(/PUT http:.*\/orders\/1\n[\s\S]*"note":"first"/);
  assert.equal((await dev.interrupt()).code, 0);
  assert.equal(took.size, 0, "dev sends nothing");

  assert.match(await fine(folder, "check"), /All is well/);
  const worker = new Running(folder, ["run", "--health", "0"]);
  await worker.says("is running");
  refuses = true;
  await change("INSERT INTO orders (id, note) VALUES (2, 'second')");
  await worker.says("dead letter");
  assert.match(await fine(folder, "dead", "list"), /crm-orders .*"2".*http\.422/);
  assert.match(await fine(folder, "dead", "causes"), /1 +0 +crm-orders .*http\.422/);
  assert.match(await fine(folder, "explain", "orders", "id=2"), /dead: syncline dead show \d+/);
  refuses = false;
  const reason = ["--reason", "customer 2 is there now"];
  assert.match(await fine(folder, "dead", "requeue", "--strategy", "crm-orders", ...reason, "--yes"), /^1 /);
  assert.match(await fine(folder, "audit"), /requeue.*customer 2 is there now/);
  await until(() => took.has("PUT /orders/2"), "second order");
  assert.match(took.get("PUT /orders/2") ?? "", /"note":"second"/);
  const done = async () => await fine(folder, "explain", "orders", "id=2");
  while (!/nothing is owed/.test(await done()));
  const watch = new Running(folder, ["status", "--watch", "50ms"]);
  await watch.says("Changes not yet dispatched");
  assert.equal((await watch.readNoMore()).code, 0, "a reader that has seen enough is no failure");
  assert.equal((await worker.interrupt()).code, 0);
  const doctor = await cli(folder, "doctor");
  assert.doesNotMatch(doctor.out, /^fail {2}(?!rights)/m);
}

/** As somebody has it who has never heard of Syncline. */
async function onPostgres(): Promise<void> {
  await using server = await ownPostgres();
  const url = new URL(await server.createDatabase());
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(`CREATE SCHEMA shop; CREATE TABLE shop.orders (id bigint PRIMARY KEY, note text);
    CREATE ROLE app LOGIN PASSWORD '${secret}' IN ROLE pg_monitor; GRANT CREATE ON DATABASE ${url.pathname.slice(1)} TO app;
    ALTER SCHEMA shop OWNER TO app; ALTER TABLE shop.orders OWNER TO app; ALTER ROLE app SET search_path = shop`);
  url.username = "app";
  url.password = secret;
  const change = (sql: string) => client.query(sql.replace("orders", "shop.orders"));
  try {
    await walk({ folder: consumer, database: url.href, table: "shop.orders", change });
  } finally {
    await client.end();
  }
}

async function onSqlite(): Promise<void> {
  // Beside the first one: packages are found above it.
  const folder = join(consumer, "sqlite");
  mkdirSync(folder);
  const database = new Database(join(folder, "shop.db"));
  database.pragma("journal_mode = WAL");
  database.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT)");
  took.clear();
  await walk({ folder, database: "shop.db", table: "orders", change: (sql) => database.exec(sql) });
  database.close();
  rmSync(folder, { recursive: true });
}

await onPostgres();
await onSqlite();
assert.ok(!printed.includes(secret), "a secret was printed");
assert.doesNotMatch(printed, /^ +at .*\.[jt]s:\d+/m, "a stack was printed");
console.log(`init, dev, run, dead letters and explain on PostgreSQL and SQLite`);
downstream.close();
