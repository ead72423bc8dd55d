import type { Failure } from "@syncline/core/spi";
import { failure, isTlsCode } from "@syncline/core/transport-kit";

export const tlsFailure = (words: string): Failure => failure("misconfigured", "grpc.tls", words, "no");

/**
 * Why there is no connection, if it is for the operator to mend. The words of TLS are not repeated:
 * a certificate is among them.
 */
export function connectionFailure({ code = "", message }: NodeJS.ErrnoException): Failure | undefined {
  if (code === "ERR_BLOCKED_ADDRESS") {
    const words = "its address is a cloud metadata service's, which is refused";
    return failure("misconfigured", "net.blocked-address", words, "no");
  }
  if (code === "ERR_DENIED_ADDRESS") {
    return failure("misconfigured", "net.denied-address", "the downstream's address policy denies its address", "no");
  }
  if (code === "ERR_TLS_MATERIAL") return tlsFailure(message);
  return isTlsCode(code) ? tlsFailure(`TLS failed: ${code}`) : undefined;
}
