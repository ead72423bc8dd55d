export type { HttpAct } from "./act-over-http.ts";
export { jsonCorpus } from "./corpus.ts";
export type { DownstreamBooks, KeptKey } from "./downstream-books.ts";
export type {
  DownstreamAct,
  DownstreamControl,
  ReceivedCall,
  ReceivedItem,
  RefusalKind,
} from "./downstream-control.ts";
export type { StrategyParts, TransportFixture } from "./fixture.ts";
export { type HttpAddress, httpFixture } from "./http-fixture.ts";
export { type Behaviour, type ProgrammableDownstream, programmableDownstream } from "./programmable-downstream.ts";
export type { HttpReceivedCall, HttpReceivedItem } from "./received-over-http.ts";
export type { TransportCapability } from "./scene.ts";
export { transportChecks, transportConformance } from "./transport-conformance.ts";
