import { Server, ServerCredentials, type ServiceDefinition, type sendUnaryData } from "@grpc/grpc-js";

const serving = 1;
const notServing = 2;

/** A gRPC server of orders with the health service, as much of it as the probe asks for. Keeps no message, only counts. */
export class HealthServer {
  readonly address: string;
  /** In order of arrival: `check` or `put`, and how it was answered. */
  readonly seen: string[] = [];
  isServing = true;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.address = `127.0.0.1:${port}`;
  }

  static async start(): Promise<HealthServer> {
    const server = new Server();
    let self: HealthServer | undefined;
    const unary = (path: string): ServiceDefinition[string] => ({
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: (value: Buffer) => value,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (value: Buffer) => value,
      responseDeserialize: (bytes: Buffer) => bytes,
    });
    server.addService({ Check: unary("/grpc.health.v1.Health/Check") }, {
      Check: (_: unknown, done: sendUnaryData<Buffer>) => done(null, self?.check() ?? null),
    } as never);
    server.addService({ Put: unary("/shop.v1.Orders/Put") }, {
      Put: (_: unknown, done: sendUnaryData<Buffer>) => self?.put(done),
    } as never);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    self = new HealthServer(server, port);
    return self;
  }

  check(): Buffer {
    this.seen.push(this.isServing ? "check: serving" : "check: not serving");
    return Buffer.from([8, this.isServing ? serving : notServing]);
  }

  put(done: sendUnaryData<Buffer>): void {
    this.seen.push(this.isServing ? "put: taken" : "put: unavailable");
    if (this.isServing) done(null, Buffer.alloc(0));
    else done({ code: 14, details: "not now" });
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}
