import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import { type GetPrismaClientConfig, getPrismaClient, type ITXClientDenyList } from "@prisma/client/runtime/client";
import type { TestServer } from "./server.ts";

/** Of what `prisma generate` writes for a schema, what tests need: its client for a schema without models. */
export interface PrismaClient {
  $connect(): Promise<void>;
  $disconnect(): Promise<void>;
  $executeRawUnsafe(query: string, ...values: unknown[]): PromiseLike<number>;
  $transaction<Result>(work: (tx: TransactionClient) => Promise<Result>): Promise<Result>;
}

export type TransactionClient = Omit<PrismaClient, ITXClientDenyList>;

// Prisma ships no types for these two files. The small compiler is half the size of the fast one.
const compiler: string = "@prisma/client/runtime/query_compiler_small_bg.mysql";
const { WebAssembly } = globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } };

/**
 * Prisma's own client, query compiler and driver adapter. Only the generated file is by hand: the command that writes
 * it is 230 MB, has install scripts and loads engines.
 */
const config: GetPrismaClientConfig = {
  previewFeatures: [],
  clientVersion: "7.10.0",
  engineVersion: "none",
  activeProvider: "mysql",
  inlineSchema: 'datasource db {\n  provider = "mysql"\n}\n',
  runtimeDataModel: { models: {}, enums: {}, types: {} },
  parameterizationSchema: { strings: [], graph: "AAAA" },
  compilerWasm: {
    getRuntime: async () => await import(`${compiler}.mjs`),
    getQueryCompilerWasmModule: async () => {
      const { wasm }: { readonly wasm: string } = await import(`${compiler}.wasm-base64.mjs`);
      return new WebAssembly.Module(Buffer.from(wasm, "base64"));
    },
    importName: "./query_compiler_small_bg.js",
  },
};

export function prismaClient(server: TestServer & { readonly database: string }): PrismaClient {
  const Client = getPrismaClient(config) as unknown as new (options: { adapter: PrismaMariaDb }) => PrismaClient;
  return new Client({ adapter: new PrismaMariaDb({ ...server, connectionLimit: 4 }) });
}
