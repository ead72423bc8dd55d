import {
  Server,
  ServerCredentials,
  type ServerReadableStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from "@grpc/grpc-js";

const taken = Buffer.alloc(0);
const pass = (bytes: Buffer) => bytes;

/** Takes items as they are written in `items.proto`, and reads nothing of them but their ids. Resolves with the port. */
export async function startGrpcSink(onItems: (ids: readonly number[], bytes: number) => void): Promise<number> {
  const server = new Server({ "grpc.max_receive_message_length": 64 * 1024 * 1024 });
  const method = (name: string, requestStream: boolean) => ({
    path: `/bench.v1.Items/${name}`,
    requestStream,
    responseStream: false,
    requestSerialize: pass,
    requestDeserialize: pass,
    responseSerialize: pass,
    responseDeserialize: pass,
  });
  type Unary = ServerUnaryCall<Buffer, Buffer>;
  server.addService(
    { Put: method("Put", false), PutAll: method("PutAll", false), Stream: method("Stream", true) },
    {
      Put: ({ request }: Unary, done: sendUnaryData<Buffer>) => {
        done(null, taken);
        onItems([idOf(request)], request.length);
      },
      PutAll: ({ request }: Unary, done: sendUnaryData<Buffer>) => {
        done(null, taken);
        onItems([...items(request)].map(idOf), request.length);
      },
      Stream: (call: ServerReadableStream<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
        const ids: number[] = [];
        let bytes = 0;
        call.on("data", (message: Buffer) => {
          ids.push(idOf(message));
          bytes += message.length;
        });
        call.on("end", () => {
          done(null, taken);
          onItems(ids, bytes);
        });
      },
    },
  );
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

/** Field 1, a varint, comes first: an id is never 0, which alone would be left out. */
function idOf(message: Buffer): number {
  return message[0] === 0x08 ? varint(message, 1).value : 0;
}

/** Of a list's field 1, each with its length before it. */
function* items(list: Buffer): Generator<Buffer> {
  for (let at = 0; at < list.length; ) {
    const { value: length, next } = varint(list, at + 1);
    yield list.subarray(next, next + length);
    at = next + length;
  }
}

function varint(bytes: Buffer, from: number): { readonly value: number; readonly next: number } {
  let value = 0;
  let shift = 0;
  for (let at = from; ; at += 1) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, next: at + 1 };
    shift += 7;
  }
}
