import type { PgClient } from "./driver.ts";

/**
 * Keeps what is sent on a connection until it is let go, so that it goes out in one packet: a write wakes the server, and
 * costs more than most of what it carries.
 *
 * @returns how to let go; only the first call counts.
 */
export function holdBack(client: PgClient): () => void {
  const stream = client.connection?.stream;
  if (stream?.cork === undefined || stream.uncork === undefined) return () => {};
  stream.cork();
  let isHeld = true;
  return () => {
    if (isHeld) stream.uncork?.();
    isHeld = false;
  };
}
