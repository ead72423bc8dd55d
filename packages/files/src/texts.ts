type Tell = (option: string, message: string) => void;

const reference = /\$\{([^}]*)\}/g;

export function mentionsEnvironment(text: string): boolean {
  return /\$\{env:/.test(text);
}

/** The same with `${env:NAME}` replaced in its texts. What stands for nothing is told. */
export function substitute(value: unknown, env: ReadonlySet<string>, tell: Tell, at = ""): unknown {
  if (typeof value === "string") return mentionsEnvironment(value) ? replaced(value, env, tell, at) : value;
  if (Array.isArray(value)) return value.map((each, index) => substitute(each, env, tell, `${at}[${index}]`));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      substitute(each, env, tell, at === "" ? name : `${at}.${name}`),
    ]),
  );
}

function replaced(text: string, env: ReadonlySet<string>, tell: Tell, at: string): string {
  return text.replaceAll(reference, (whole, inner: string) => {
    if (!inner.startsWith("env:")) return whole;
    const name = inner.slice("env:".length);
    if (!env.has(name)) {
      const secret = "a secret belongs to the downstream's options in code";
      tell(
        at,
        `Files may not use the environment variable ${name.slice(0, 100)}: files(…, { env: […] }) names those; ${secret}.`,
      );
      return "";
    }
    const value = process.env[name];
    if (value === undefined || value === "") tell(at, `The environment variable ${name.slice(0, 100)} is not set.`);
    return value ?? "";
  });
}

const secretNames =
  /^(?:password|passwd|passphrase|pwd|secret|client[_-]?secret|api[_-]?key|(?:access|auth|bearer|refresh)[_-]?token|(?:proxy-)?authorization|private[_-]?key|credentials?)$/i;

/** Values that look like secrets in clear: what a field of a row fills is none. */
export function literalSecrets(value: unknown, at: string, tell: Tell): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, each] of Object.entries(value)) {
    const place = Array.isArray(value) ? `${at}[${name}]` : `${at}.${name}`;
    if (typeof each === "string" && secretNames.test(name) && each !== "" && !each.includes("{"))
      tell(
        place,
        "It looks like a secret, which no file may hold: it belongs to the downstream's options in code, as env:NAME or file:/path.",
      );
    else literalSecrets(each, place, tell);
  }
}
