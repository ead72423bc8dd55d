import { AddressGuard, isBlockedAddress, isNetwork, type NetworkPolicy } from "./addresses.ts";
import { isListOf, isObject, isSwitch, satisfies } from "./checks.ts";

const isNetworkText = satisfies(isNetwork, "must be a network such as 10.1.0.0/16 or fd12::/16, or one address");

export const checkNetwork = isObject({
  requireTls: isSwitch,
  privateNetworks: isSwitch,
  deny: isListOf(isNetworkText),
  allow: isListOf(isNetworkText),
});

/**
 * What a policy has against a host in the options, in words that follow its place; `undefined` for
 * a name, which is judged later.
 */
export function hostProblem(host: string, policy: NetworkPolicy | undefined): string | undefined {
  if (isBlockedAddress(host)) return "is the address of a cloud metadata service, which is refused";
  return new AddressGuard(policy).refusal(host) === undefined
    ? undefined
    : "has an address that the downstream's `network` denies";
}
