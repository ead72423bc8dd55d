import type { Transport } from "@syncline/core/spi";
import { Connection } from "./connection.ts";
import { GrpcInvoker } from "./grpc-invoker.ts";
import { checkGrpcOptions, type GrpcOptions, headerRules } from "./options.ts";
import { checkGrpcStrategy } from "./strategy-options.ts";

/** A downstream that is called over gRPC. No I/O until the pipeline starts. */
export function grpc(options: GrpcOptions): Transport {
  const connection = new Connection(options);
  return {
    specVersion: 1,
    name: "grpc",
    capabilities: { batch: true, perItemOutcome: true, delete: true },
    ...(options?.limits === undefined ? {} : { limits: options.limits }),
    checkOptions: () => checkGrpcOptions(options),
    prepare: (signal) => connection.prepare(signal),
    checkStrategy: (strategy) => checkGrpcStrategy(strategy, connection.ownSchema, headerRules(options)),
    open: () => new GrpcInvoker(options, connection),
  };
}
