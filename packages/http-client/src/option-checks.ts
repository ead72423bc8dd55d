import { both, type Check, isFields, isMapOf, isObject, isSecretSource, satisfies } from "@syncline/core/transport-kit";
import { isBlockedAddress } from "./blocked-addresses.ts";
import { checkHeaderName, checkHeaderValue, checkOwnHeaderName, isHeaderValue } from "./header-rules.ts";

const isHeaderSecret = both(isSecretSource, (value, at, problems) => {
  if (typeof value === "string" && value !== "") checkHeaderValue(value, at, problems);
});

const isUser = satisfies(
  (value) => typeof value === "string" && value !== "" && !value.includes(":"),
  "must be a non-empty string without a colon, which ends the user's name in basic authentication",
);

export const checkAuth: Check = (value, at, problems) => {
  isObject({
    bearer: isHeaderSecret,
    basic: isObject({ user: isUser, password: isHeaderSecret }, ["user", "password"]),
    apiKey: isObject({ header: checkOwnHeaderName, value: isHeaderSecret }, ["header", "value"]),
  })(value, at, problems);
  if (isFields(value) && Object.values(value).filter((entry) => entry !== undefined).length !== 1) {
    problems.push({ at, message: "must have exactly one of bearer, basic and apiKey" });
  }
};

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

/** For a `SecretKeeper` whose secrets travel in headers. */
export function refuseHeaderSecret(value: string): string | undefined {
  return isHeaderValue(value) ? undefined : "holds characters that no header can carry";
}
