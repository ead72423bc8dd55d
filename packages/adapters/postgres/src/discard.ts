import type { PgClient } from "./driver.ts";

/** Destroys a connection, whatever is under way on it. */
export function discard(client: PgClient): void {
  // One that pipelines would wait for the answers to all that it has sent, which is what is being given up.
  if (client.pipeline === true) client.connection?.stream?.destroy?.();
  client.release(true);
}
