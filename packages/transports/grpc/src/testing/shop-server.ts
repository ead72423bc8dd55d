import { type Metadata, Server, ServerCredentials, type ServiceDefinition, type StatusObject } from "@grpc/grpc-js";
import protobuf from "protobufjs";
import protojson from "protobufjs/ext/protojson.js";
import "protobufjs/ext/descriptor.js";
import { folder, shopProto } from "./calls.ts";

export function shopRoot(): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (origin, target) => (origin === "" ? target : `${folder}${target}`);
  root.loadSync(shopProto, { keepCase: true });
  root.resolveAll();
  return root;
}

export interface ShopServer {
  readonly address: string;
  /** As ProtoJSON, in order of arrival. */
  readonly orders: unknown[];
  readonly batches: unknown[];
  readonly metadata: Metadata[];
  /** How the next calls are answered. */
  answer: Partial<StatusObject> | { readonly code: 0; readonly reply: number };
  readonly server: Server;
  stop(): Promise<void>;
}

/** A server of grpc-js itself. `more` may add services before it listens. */
export async function shopServer(
  credentials: ServerCredentials = ServerCredentials.createInsecure(),
  more: (server: Server) => void = () => {},
): Promise<ShopServer> {
  const root = shopRoot();
  const [order, batch, reply] = ["Order", "Batch", "Reply"].map((name) => root.lookupType(`shop.v1.${name}`));
  if (order === undefined || batch === undefined || reply === undefined) throw new Error("unreachable");
  const server = new Server();
  const shop: ShopServer = {
    address: "",
    orders: [],
    batches: [],
    metadata: [],
    answer: { code: 0, reply: 0 },
    server,
    stop: async () => server.forceShutdown(),
  };
  const method = (name: string, type: protobuf.Type) => ({
    path: `/shop.v1.Orders/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: unknown) => value as Buffer,
    requestDeserialize: (bytes: Buffer) => protojson.toJson(type, type.decode(bytes)),
    responseSerialize: (code: number) => Buffer.from(reply.encode(reply.create({ code })).finish()),
    responseDeserialize: (bytes: Buffer) => bytes,
  });
  const take =
    (kept: unknown[]) =>
    (
      call: { request: unknown; metadata: Metadata },
      done: (error: Partial<StatusObject> | null, code?: number) => void,
    ) => {
      kept.push(call.request);
      shop.metadata.push(call.metadata);
      if ("reply" in shop.answer) done(null, shop.answer.reply);
      else done(shop.answer);
    };
  const definition: ServiceDefinition = { Put: method("Put", order), PutAll: method("PutAll", batch) };
  server.addService(definition, { Put: take(shop.orders), PutAll: take(shop.batches) } as never);
  more(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  return Object.assign(shop, { address: `127.0.0.1:${port}` });
}
