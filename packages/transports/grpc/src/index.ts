/** Syncline's gRPC transport. */
export type {
  AnswerRules,
  ItemsRule,
  KindsRule,
  OkRule,
  SecretSource,
  TlsOptions,
  Verdict,
} from "@syncline/core/transport-kit";
export { grpc } from "./grpc.ts";
export type { GrpcOptions, SchemaSource } from "./options.ts";
export type { GrpcStrategyOptions } from "./strategy-options.ts";
