import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll } from "vitest";
import { openShop } from "../harness/shop.ts";

/** What the documented code takes for granted: a shop's database, and a business transaction that is under way. */
const url = await testDatabase();
export const shop = await openShop(url);
process.env.DATABASE_URL = url;

export const tx = new pg.Client({ connectionString: url });
await tx.connect();
afterAll(() => tx.end());
await tx.query("BEGIN");
await tx.query("INSERT INTO orders (id, customer_id, status, total) VALUES (42, 7, 'PAID', 19.90)");
