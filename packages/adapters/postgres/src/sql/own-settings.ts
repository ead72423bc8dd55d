import type { PgClient } from "../driver.ts";

/**
 * What our own statements rely on, and a server, a database, a role or a pool may have set
 * otherwise.
 *
 * - `array_nulls`: without it, an element that has no value is the text NULL.
 * - `enable_…`: beside what `planByKeys` switches off. With no way left, all plans are alike dear.
 * - `jit`: compiling a statement of ours takes a hundred times as long as running it.
 * - `extra_float_digits`: with less, times lose their milliseconds, or their years.
 */
const relied: { readonly [name: string]: string } = {
  array_nulls: "on",
  enable_indexscan: "on",
  enable_nestloop: "on",
  enable_sort: "on",
  extra_float_digits: "1",
  jit: "off",
  lock_timeout: "0",
  plan_cache_mode: "auto",
};

/** To be said within a transaction. */
function local(names: readonly string[]): string {
  return names.map((name) => `; SET LOCAL ${name} = ${relied[name]}`).join("");
}

/** All of them, for a connection of which it is not known what it has. */
export const allSettings = local(Object.keys(relied));

const idle = "idle_session_timeout";

/** Whether the server ends sessions that have nothing to do; PostgreSQL 13 does not. */
export const closesIdle = `coalesce(pg_catalog.current_setting('${idle}', true) OPERATOR(pg_catalog.<>) '0', false)`;

/**
 * A pool ends what it does not need itself, and who listens has nothing to do. For a session of our
 * own.
 */
export const keepIdle = `${idle} = 0`;

// Outside of a transaction of ours, on whatever search path the login has.
const text = `SELECT pg_catalog.pg_backend_pid()::pg_catalog.text, r.name
  FROM (VALUES ${Object.entries(relied)
    .map(([name, value]) => `('${name}', '${value}')`)
    .join(", ")}) AS r(name, value)
 WHERE pg_catalog.current_setting(r.name) OPERATOR(pg_catalog.<>) r.value
 UNION ALL SELECT pg_catalog.pg_backend_pid()::pg_catalog.text, '${idle}' WHERE ${closesIdle}
 UNION ALL SELECT pg_catalog.pg_backend_pid()::pg_catalog.text, NULL`;

interface Known {
  readonly settings: string;
  readonly at: number;
}

const known = new WeakMap<PgClient, Known>();
/** A reload of the server's configuration reaches open connections, too. */
const knownForMs = 60_000;

/** What is to be said on this connection; `undefined`: it has to be asked first. */
export function knownSettings(client: PgClient): string | undefined {
  const before = known.get(client);
  return before === undefined || performance.now() - before.at > knownForMs ? undefined : before.settings;
}

/**
 * Only what the connection does not have already: each setting costs every transaction some 5 µs.
 * Behind a pooler, whose process number differs from the server's, it may be another process each
 * time: all are said then.
 */
export async function askSettings(client: PgClient): Promise<string> {
  const { rows } = await client.query({ text, rowMode: "array" });
  const found = rows as readonly (readonly (string | null)[])[];
  const isDirect = found[0]?.[0] === String(client.processID);
  const names = found.flatMap(([, name]) => name ?? []);
  const settings = isDirect ? local(names.filter((name) => name !== idle)) : allSettings;
  if (isDirect && names.includes(idle)) await client.query(`SET ${keepIdle}`);
  known.set(client, { settings, at: performance.now() });
  return settings;
}
