import { join } from "node:path";
import { root } from "../workspaces.ts";
import { withConsumer } from "./consumer.ts";
import { run } from "./run.ts";

/**
 * The command line's README, step by step, in a folder that has the packed packages and nothing
 * else: by its own bin, on a PostgreSQL and a SQLite file that were there before.
 */
export function packedCli(): string {
  return withConsumer("packed-cli", ({ folder }) => {
    const walk = join(root, "tools", "check", "packed-cli-walk.ts");
    return run(process.execPath, ["--import", "tsx", "--conditions=@syncline/source", walk, folder]).trim();
  });
}
