import { SynclineError } from "../../model/errors.ts";
import { drop, isThenable } from "../../model/thenable.ts";
import type { Observation } from "../observer.ts";
import { isRecord, told } from "./answer-checks.ts";
import { believedHeaders } from "./guard-trace.ts";

/** What can be told of an end, whatever the observer answered. */
export function believedObservation<End>(answer: Observation<End> | undefined): Observation<End> | undefined {
  if (answer === undefined) return undefined;
  if (isThenable(answer)) drop(answer);
  if (!isRecord(answer) || typeof answer.ended !== "function")
    throw new SynclineError("contract.broken", `it answered ${told(answer)} instead of something with \`ended\``);
  if (answer.headers === undefined) return answer;
  const headers = believedHeaders(answer.headers);
  if (typeof headers === "string") throw new SynclineError("contract.broken", `its headers are ${headers}`);
  return { headers, ...(answer.around && { around: answer.around.bind(answer) }), ended: answer.ended.bind(answer) };
}
