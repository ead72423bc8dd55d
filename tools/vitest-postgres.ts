import type { TestProject } from "vitest/node";
import { devPostgres } from "../packages/dev-postgres/src/index.ts";
import type {} from "../packages/dev-postgres/src/vitest.ts";

/** Starts the one PostgreSQL that all test files share; each makes its own database on it (`testDatabase()`). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.SYNCLINE_POSTGRES_URL;
  const server = await devPostgres(given ? { url: given } : {});
  if (!server.multiSession) {
    await server.stop();
    throw new Error(
      `The tests need a server that several sessions can use, and this machine offers only ${server.description}. ` +
        "Install PostgreSQL, or set SYNCLINE_POSTGRES_URL to a server whose role may create databases.",
    );
  }
  console.log(`Tests use ${server.description}`);
  project.provide("postgresUrl", server.url);
  return () => server.stop();
}
