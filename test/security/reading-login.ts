import { randomBytes } from "node:crypto";
import type pg from "pg";

/** A login that may SELECT from the shop's tables and do nothing else, as the documentation asks for; returns its URL. */
export async function readingLogin(admin: pg.Pool, url: string): Promise<string> {
  const name = `reader_${randomBytes(6).toString("hex")}`;
  await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD '${name}'; GRANT SELECT ON orders, customers TO ${name}`);
  const changed = new URL(url);
  changed.username = name;
  changed.password = name;
  return changed.href;
}
