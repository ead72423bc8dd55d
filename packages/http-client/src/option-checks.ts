import type { Problem } from "@syncline/core/spi";
import {
  both,
  type Check,
  hasOneOf,
  hostProblem,
  isBlockedAddress,
  isMapOf,
  isObject,
  isOneOf,
  isSecretSource,
  isTextOf,
  type NetworkPolicy,
  satisfies,
} from "@syncline/core/transport-kit";
import { checkHeaderName, checkHeaderValue, checkOwnHeaderName } from "./header-rules.ts";

const isHeaderSecret = both(isSecretSource, (value, at, problems) => {
  if (typeof value === "string" && value !== "") checkHeaderValue(value, at, problems);
});

const isUser = satisfies(
  (value) => typeof value === "string" && value !== "" && !value.includes(":"),
  "must be a non-empty string without a colon, which ends the user's name in basic authentication",
);

const checkOAuth2 = isObject(
  {
    tokenUrl: (value, at, problems) => isBaseUrl(withoutQuery(value), at, problems),
    clientId: isTextOf("the client's id"),
    clientSecret: isSecretSource,
    scope: isTextOf("a text"),
    audience: isTextOf("a text"),
    style: isOneOf(["basic", "post"]),
  },
  ["tokenUrl", "clientId", "clientSecret"],
);

/** Token URLs have queries, with tenants in them. */
function withoutQuery(value: unknown): unknown {
  return typeof value === "string" ? value.replace(/\?.*$/, "") : value;
}

export const checkAuth: Check = hasOneOf({
  bearer: isHeaderSecret,
  basic: isObject({ user: isUser, password: isHeaderSecret }, ["user", "password"]),
  apiKey: isObject({ header: checkOwnHeaderName, value: isHeaderSecret }, ["header", "value"]),
  oauth2: checkOAuth2,
});

export const checkHeaders: Check = isMapOf(checkHeaderName, checkHeaderValue);

/** An absolute http or https URL without credentials, query and fragment. */
export const isBaseUrl: Check = (value, at, problems) => {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    problems.push({ at, message: "must be an absolute http or https URL" });
    return;
  }
  const refuse = (wrong: boolean, message: string) => {
    if (wrong) problems.push({ at, message });
  };
  refuse(url.username !== "" || url.password !== "", "must not hold credentials: use `auth`");
  refuse(String(value).includes("?"), "must not have a query: a strategy's path may");
  refuse(String(value).includes("#"), "must not have a fragment");
  refuse(isBlockedAddress(url.hostname), "is the address of a cloud metadata service, which is refused");
};

export const checkProxy = isObject(
  { url: isBaseUrl, auth: isObject({ user: isUser, password: isSecretSource }, ["user", "password"]) },
  ["url"],
);

/** What a policy has against a base URL: its scheme, or its address where it is a literal. Both must have been checked. */
export function policyProblems(baseUrl: string, policy: NetworkPolicy | undefined, at: string): readonly Problem[] {
  const { protocol, hostname } = new URL(baseUrl);
  const problems: Problem[] = [];
  if (policy?.requireTls === true && protocol !== "https:")
    problems.push({ at, message: "must be https: the downstream's `network.requireTls` says so" });
  const problem = hostProblem(hostname, policy);
  if (problem !== undefined) problems.push({ at, message: problem });
  return problems;
}
