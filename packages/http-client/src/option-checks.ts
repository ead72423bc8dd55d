import type { Problem } from "@syncline/core/spi";
import {
  both,
  type Check,
  checkTls,
  hasOneOf,
  hostProblem,
  isBlockedAddress,
  isFields,
  isFunction,
  isListOf,
  isMapOf,
  isObject,
  isOneOf,
  isSecretSource,
  isTextOf,
  type NetworkPolicy,
  satisfies,
} from "@syncline/core/transport-kit";
import { checkHeaderName, checkHeaderValue, checkOwnHeaderName } from "./header-rules.ts";
import { jwtAlgorithms } from "./json-web-token.ts";

const isHeaderSecret = both(isSecretSource, (value, at, problems) => {
  if (typeof value === "string" && value !== "") checkHeaderValue(value, at, problems);
});

const isUser = satisfies(
  (value) => typeof value === "string" && value !== "" && !value.includes(":"),
  "must be a non-empty string without a colon, which ends the user's name in basic authentication",
);

const jwtSigner = { key: isSecretSource, algorithm: isOneOf(jwtAlgorithms), keyId: isTextOf("the key's id") };
const isClaims = isMapOf(
  isTextOf("a claim's name"),
  satisfies((value) => ["string", "number", "boolean"].includes(typeof value), "must be a text, a number or a boolean"),
);

const checkOAuth2: Check = (value, at, problems) => {
  isObject(
    {
      tokenUrl: (url, place, found) => isBaseUrl(withoutQuery(url), place, found),
      clientId: isTextOf("the client's id"),
      clientSecret: isSecretSource,
      clientAssertion: isObject({ ...jwtSigner, audience: isTextOf("a text") }, ["key"]),
      refreshToken: isSecretSource,
      onRefreshToken: isFunction,
      jwtBearer: isObject(
        {
          ...jwtSigner,
          issuer: isTextOf("who we are"),
          subject: isTextOf("a text"),
          audience: isTextOf("a text"),
          claims: isClaims,
        },
        ["key", "issuer"],
      ),
      scope: isTextOf("a text"),
      audience: isTextOf("a text"),
      resource: (resource, place, found) =>
        (Array.isArray(resource) ? isListOf(isTextOf("a text")) : isTextOf("a text"))(resource, place, found),
      parameters: isMapOf(isTextOf("a parameter's name"), isTextOf("a text")),
      style: isOneOf(["basic", "post", "none"]),
    },
    ["tokenUrl"],
  )(value, at, problems);
  if (!isFields(value)) return;
  const refuse = (wrong: boolean, place: string, message: string) => {
    if (wrong) problems.push({ at: place === "" ? at : `${at}.${place}`, message });
  };
  const has = (name: string) => value[name] !== undefined;
  refuse(
    has("refreshToken") && has("jwtBearer"),
    "jwtBearer",
    "cannot stand beside `refreshToken`: there is one grant",
  );
  refuse(!has("jwtBearer") && !has("clientId"), "clientId", "is missing");
  const proofs = ["clientSecret", "clientAssertion"].filter(has);
  refuse(proofs.length > 1, "clientAssertion", "cannot stand beside `clientSecret`: one of them says who we are");
  refuse(has("clientAssertion") && !has("clientId"), "clientAssertion", "needs `clientId`");
  const isNamed = proofs.length > 0 || value.style === "none" || has("jwtBearer");
  refuse(!isNamed, "clientSecret", 'is missing; or `clientAssertion`, or `style: "none"` where `tls` says who we are');
  const taken = Object.keys(isFields(value.parameters) ? value.parameters : {}).filter((name) =>
    ownParameters.has(name),
  );
  for (const name of taken) refuse(true, `parameters.${name}`, "has an option of its own, or is set by Syncline");
};

/** What the options say, and what must not stand beside them a second time. */
const ownParameters: ReadonlySet<string> = new Set([
  ...["grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type"],
  ...["assertion", "refresh_token", "scope", "audience", "resource"],
]);

/** Token URLs have queries, with tenants in them. */
function withoutQuery(value: unknown): unknown {
  return typeof value === "string" ? value.replace(/\?.*$/, "") : value;
}

const isWord = satisfies(
  (value) => typeof value === "string" && /^[a-z0-9][a-z0-9-]{0,62}$/.test(value),
  "must be as in a signature's scope: small letters, digits, -",
);

const checkAws: Check = (value, at, problems) => {
  isObject(
    {
      region: isWord,
      service: isWord,
      accessKeyId: isSecretSource,
      secretAccessKey: isSecretSource,
      sessionToken: isSecretSource,
      credentials: isFunction,
    },
    ["region", "service"],
  )(value, at, problems);
  if (!isFields(value)) return;
  const keys = ["accessKeyId", "secretAccessKey", "sessionToken"].filter((name) => value[name] !== undefined);
  if (value.credentials !== undefined && keys[0] !== undefined)
    problems.push({ at: `${at}.${keys[0]}`, message: "cannot stand beside `credentials`, which gives all of them" });
  if (value.credentials !== undefined) return;
  for (const name of ["accessKeyId", "secretAccessKey"])
    if (value[name] === undefined) problems.push({ at: `${at}.${name}`, message: "is missing; or `credentials`" });
};

export const checkAuth: Check = hasOneOf({
  bearer: isHeaderSecret,
  basic: isObject({ user: isUser, password: isHeaderSecret }, ["user", "password"]),
  apiKey: isObject({ header: checkOwnHeaderName, value: isHeaderSecret }, ["header", "value"]),
  oauth2: checkOAuth2,
  aws: checkAws,
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

const isHostPattern = satisfies(
  (value) => typeof value === "string" && /^(?:\*|(?:\*?\.)?[^\s*,/]+)$/.test(value),
  "must be a host, an ending such as .internal, either with a port, or *",
);

const checkOwnProxy = isObject(
  {
    url: isBaseUrl,
    auth: isObject({ user: isUser, password: isSecretSource }, ["user", "password"]),
    tls: checkTls,
    except: isListOf(isHostPattern),
  },
  ["url"],
);

export const checkProxy: Check = (value, at, problems) => {
  if (typeof value === "string") isOneOf(["environment"])(value, at, problems);
  else checkOwnProxy(value, at, problems);
};

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
