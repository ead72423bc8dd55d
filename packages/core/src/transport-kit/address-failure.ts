import type { Failure } from "../model/outcome.ts";
import { failure } from "./failure.ts";

/** What a call comes to whose connection the downstream's address policy refused; `undefined` for other codes. */
export function addressFailure(code: string): Failure | undefined {
  if (code === "ERR_BLOCKED_ADDRESS") {
    const words = "its address is a cloud metadata service's, which is refused";
    return failure("misconfigured", "net.blocked-address", words, "no");
  }
  if (code === "ERR_DENIED_ADDRESS")
    return failure("misconfigured", "net.denied-address", "the downstream's address policy denies its address", "no");
  return undefined;
}
