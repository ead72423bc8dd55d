import { type Check, isFields, isObject, isOneOf, satisfies } from "./checks.ts";

const isText = (what: string) => satisfies((value) => typeof value === "string" && value !== "", `must be ${what}`);

const checkTlsOptions = isObject({
  ca: isText("PEM text, file:/path or env:NAME"),
  cert: isText("PEM text, file:/path or env:NAME"),
  key: isText("PEM text, file:/path or env:NAME"),
  passphrase: isText("a text, file:/path or env:NAME"),
  serverName: isText("a host's name"),
  minVersion: isOneOf(["TLSv1.2", "TLSv1.3"]),
});

/** {@link TlsOptions}. */
export const checkTls: Check = (value, at, problems) => {
  checkTlsOptions(value, at, problems);
  if (isFields(value) && (value.cert === undefined) !== (value.key === undefined))
    problems.push({ at, message: "must have both cert and key, or neither" });
};
