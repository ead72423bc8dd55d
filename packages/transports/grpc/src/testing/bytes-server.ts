import { Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";

export interface BytesServer {
  readonly address: string;
  /** Requests as they came, in hexadecimal. */
  readonly requests: string[];
  readonly paths: string[];
  stop(): void;
}

/** A server that has the methods of these paths and understands nothing: it keeps the bytes, and answers with none. */
export async function bytesServer(...paths: readonly string[]): Promise<BytesServer> {
  const server = new Server();
  const requests: string[] = [];
  const taken: string[] = [];
  const bytes = (value: Buffer): Buffer => value;
  for (const path of paths) {
    const definition = {
      path: `/${path}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    };
    const take = ({ request }: { request: Buffer }, done: (error: null, answer: Buffer) => void) => {
      requests.push(request.toString("hex"));
      taken.push(path);
      done(null, Buffer.alloc(0));
    };
    server.addService({ take: definition } as ServiceDefinition, { take } as never);
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, requests, paths: taken, stop: () => server.forceShutdown() };
}
