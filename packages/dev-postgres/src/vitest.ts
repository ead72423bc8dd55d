import { afterAll, inject } from "vitest";
import { createDatabase, dropDatabase } from "./databases.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The shared server's maintenance database. Tests make databases of their own on it. */
    readonly postgresUrl: string;
  }
}

/**
 * An empty database for the test file that calls this at its top level (`const url = await testDatabase();`), dropped
 * when the file has run. Needs a global setup that provides `postgresUrl`.
 */
export async function testDatabase(): Promise<string> {
  const server = inject("postgresUrl");
  const url = await createDatabase(server);
  afterAll(() => dropDatabase(server, url));
  return url;
}
