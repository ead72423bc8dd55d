import type { PgClient } from "./driver.ts";

/**
 * Counts what the server sends on this connection, and calls `onExceeded` once when that is more than `maxBytes`.
 *
 * At the socket, since the driver shows nothing of a row before all of it has arrived: a row of 1 GB would be in memory
 * by then. A connection without a socket that can be seen (another driver of the same shape) is not counted.
 *
 * @returns how to stop counting.
 */
export function meterBytes(client: PgClient, maxBytes: number, onExceeded: () => void): () => void {
  const stream = client.connection?.stream;
  if (stream === undefined) return () => {};
  let seen = 0;
  const stop = () => void stream.removeListener("data", onData);
  const onData = ({ length }: { readonly length: number }) => {
    seen += length;
    if (seen <= maxBytes) return;
    stop();
    onExceeded();
  };
  stream.on("data", onData);
  return stop;
}
