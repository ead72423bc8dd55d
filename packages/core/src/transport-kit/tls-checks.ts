import { type Check, isFields, isObject, isOneOf, isTextOf } from "./checks.ts";

const checkTlsOptions = isObject({
  ca: isTextOf("PEM text, file:/path or env:NAME"),
  cert: isTextOf("PEM text, file:/path or env:NAME"),
  key: isTextOf("PEM text, file:/path or env:NAME"),
  passphrase: isTextOf("a text, file:/path or env:NAME"),
  serverName: isTextOf("a host's name"),
  minVersion: isOneOf(["TLSv1.2", "TLSv1.3"]),
});

/** {@link TlsOptions}. */
export const checkTls: Check = (value, at, problems) => {
  checkTlsOptions(value, at, problems);
  if (isFields(value) && (value.cert === undefined) !== (value.key === undefined))
    problems.push({ at, message: "must have both cert and key, or neither" });
};
