import { SynclineError } from "@syncline/core/spi";

/** A change recorded outside the business transaction is one that a rollback does not take back. */
export function notInTransaction(bridge: string, wanted: string): SynclineError {
  return new SynclineError(
    "recorder.connection",
    `${bridge}() got something that is not in a transaction. Pass ${wanted}, so that the change is recorded if and only if the business transaction commits.`,
  );
}

/** Whether the value has the method; a library's transaction may be a proxy or a function. */
export function hasMethod(value: unknown, name: string): boolean {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return isObject && typeof Reflect.get(value, name) === "function";
}
