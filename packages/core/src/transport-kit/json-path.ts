/** Names and list positions joined by dots: `error.code`, `results.0.status`. The empty path is the value itself. */
export function isJsonPath(value: unknown): value is string {
  return (
    typeof value === "string" && value.length <= 256 && (value === "" || value.split(".").every((step) => step !== ""))
  );
}

/** What stands there, or `undefined`. Own properties only: an answer cannot reach into prototypes. */
export function valueAt(value: unknown, path: string): unknown {
  if (path === "") return value;
  let current = value;
  for (const step of path.split(".")) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as { readonly [name: string]: unknown })[step];
  }
  return current;
}
