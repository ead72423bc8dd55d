import {
  type Client,
  type ClientUnaryCall,
  Metadata,
  type ServiceError,
  type StatusObject,
  status,
} from "@grpc/grpc-js";

/** What became of one call: the answer's bytes, or the status, and what the answer began with. */
export type CallEnd =
  | { readonly answer: Uint8Array }
  | { readonly status: StatusObject; readonly headers?: Metadata | undefined };

export interface OneCall {
  readonly path: string;
  readonly metadata: Metadata;
  readonly deadline: number;
  readonly signal: AbortSignal;
}

const same = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** One attempt. Never throws: after `close` a call ends with a status, too. */
export function callOnce(client: Client, call: OneCall, request: Uint8Array): Promise<CallEnd> {
  return settle(call, (done) =>
    client.makeUnaryRequest(
      call.path,
      same,
      (bytes) => bytes,
      request,
      call.metadata,
      { deadline: call.deadline },
      done,
    ),
  );
}

/** Messages as a stream, written as fast as the server takes them; a status that comes early ends it. */
export function streamOnce(client: Client, call: OneCall, requests: readonly Uint8Array[]): Promise<CallEnd> {
  return settle(call, (done) => {
    const { path, metadata, deadline } = call;
    const stream = client.makeClientStreamRequest(path, same, (bytes) => bytes, metadata, { deadline }, done);
    let next = 0;
    const write = () => {
      while (next < requests.length) {
        const request = requests[next++];
        if (request !== undefined && !stream.write(request)) {
          stream.once("drain", write);
          return;
        }
      }
      stream.end();
    };
    // What is written to a call that has ended is nobody's; the status says how it ended.
    stream.on("error", () => {});
    write();
    return stream;
  });
}

type Running = Pick<ClientUnaryCall, "cancel" | "on">;

function settle(
  { signal }: OneCall,
  start: (done: (error: ServiceError | null, answer?: Uint8Array) => void) => Running,
): Promise<CallEnd> {
  return new Promise((resolve) => {
    let running: Running | undefined;
    let headers: Metadata | undefined;
    const onAbort = () => running?.cancel();
    const end = (outcome: CallEnd) => {
      signal.removeEventListener("abort", onAbort);
      resolve(outcome);
    };
    try {
      signal.addEventListener("abort", onAbort);
      running = start((error, answer) => {
        if (error !== null) end({ status: statusOf(error), headers });
        else end({ answer: answer ?? new Uint8Array() });
      });
      running.on("metadata", (metadata) => {
        headers = metadata;
      });
      if (signal.aborted) onAbort();
    } catch (error) {
      end({ status: statusOf(error) });
    }
  });
}

/** Errors that grpc-js throws instead of answering have no status: the channel is closed, or a header is refused. */
function statusOf(error: unknown): StatusObject {
  const { code, details, metadata, message } = error as Partial<ServiceError>;
  if (typeof code === "number") return { code, details: details ?? "", metadata: metadata ?? new Metadata() };
  return {
    code: status.UNAVAILABLE,
    details: `Channel has been shut down: ${message ?? ""}`,
    metadata: new Metadata(),
  };
}
