import { executionAsyncResource } from "node:async_hooks";
import type { Socket } from "node:net";

const kept = new Set<object>();

/**
 * Keeps the connection's HTTP/2 session from garbage collection until its socket has closed.
 *
 * Node aborts the whole process otherwise. A server that breaks the protocol in the middle of a
 * header block makes Node destroy session and stream; the stream still holds the headers so far
 * until the event loop's next immediates. A major collection before them, in another connection's
 * callback, takes the session first: `~Http2Session … Assertion failed: (current_nghttp2_memory_)
 * == (0)`. Seen with Node 20.20.2, 22.12 to 22.23.0, 24.16 and 24.17; not with 22.23.5 and 24.22.3.
 *
 * The native session has no public name. It runs the callback of the server's first SETTINGS frame,
 * in which grpc-js takes its listeners off the socket, before it sends a call.
 */
export function keepSession(socket: Socket): void {
  const onRemoved = () => {
    const session = executionAsyncResource();
    if (session?.constructor?.name !== "Http2Session") return;
    socket.off("removeListener", onRemoved);
    kept.add(session);
    // Not in the close event itself: the streams are gone after the immediates that were set before.
    socket.once("close", () => setImmediate(() => setImmediate(() => kept.delete(session))));
  };
  socket.on("removeListener", onRemoved);
}

/** For tests. */
export function keptSessions(): number {
  return kept.size;
}
