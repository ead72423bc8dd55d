import type { SecretKeeper, SecretSource } from "@syncline/core/transport-kit";
import { withoutOverridden } from "@syncline/http-client";

/** An API key that travels in the address. Only where the interface takes it nowhere else: servers log addresses. */
export interface QueryKey {
  /** The parameter: `api_key`. */
  readonly name: string;
  readonly value: SecretSource;
}

/** The address with the key. A parameter of that name which the strategy's path has is left out. */
export async function withQueryKey(path: string, { name, value }: QueryKey, keeper: SecretKeeper): Promise<string> {
  const secret = await keeper.resolve(value, refuseQuerySecret);
  const own = withoutOverridden({ url: path, params: { [name]: "" } }) ?? path;
  return `${own}${own.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(secret.reveal())}`;
}

function refuseQuerySecret(value: string): string | undefined {
  return value.isWellFormed() ? undefined : "is not well-formed Unicode";
}
