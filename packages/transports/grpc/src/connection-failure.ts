import type { Failure } from "@syncline/core/spi";
import { addressFailure, failure, isTlsCode } from "@syncline/core/transport-kit";

export const tlsFailure = (words: string): Failure => failure("misconfigured", "grpc.tls", words, "no");

/**
 * Why there is no connection, if it is for the operator to mend. The words of TLS are not repeated:
 * a certificate is among them.
 */
export function connectionFailure({ code = "", message }: NodeJS.ErrnoException): Failure | undefined {
  const refused = addressFailure(code);
  if (refused !== undefined) return refused;
  if (code === "ERR_TLS_MATERIAL") return tlsFailure(message);
  return isTlsCode(code) ? tlsFailure(`TLS failed: ${code}`) : undefined;
}
