// A process of its own for the tests: starts a server, says where it is, and never stops it.
import { Client } from "pg";
import { ownPostgres } from "./dev-postgres.ts";
import type { ServerKind } from "./options.ts";

const server = await ownPostgres({ prefer: process.argv[2] as ServerKind });
const client = new Client({ connectionString: server.url });
await client.connect();
const { rows } = await client.query<{ data_directory: string }>("SHOW data_directory");
await client.end();
process.send?.({ url: server.url, directory: rows[0]?.data_directory, uid: process.getuid?.() });
setInterval(() => {}, 1000);
