import { type Container, ContainerModule, type ContainerModuleLoadOptions } from "inversify";
import { nameAndPlace } from "../engine/guard/wordless-error.ts";
import { isSynclineError, SynclineError } from "../model/errors.ts";
import { drop, isThenable } from "../model/thenable.ts";
import type { Plugin } from "./plugin.ts";

/**
 * Loads a plugin's module, and names the plugin in whatever goes wrong there, also later, where it
 * wraps a part. Errors: `plugin.incompatible`.
 */
export function loadPlugin(container: Container, { name, module }: Plugin): void {
  const onActivation = (options: ContainerModuleLoadOptions): ContainerModuleLoadOptions["onActivation"] => {
    return (token, wrap) =>
      options.onActivation(token, (context, part) => {
        const wrapped = named(name, `its onActivation of ${String(token)}`, () => wrap(context, part));
        if (isThenable(wrapped)) drop(wrapped);
        else if (wrapped !== undefined && wrapped !== null) return wrapped;
        const what = isThenable(wrapped) ? "a promise" : String(wrapped);
        throw broken(name, `its onActivation of ${String(token)} returned ${what} instead of the part`);
      });
  };
  const load = (options: ContainerModuleLoadOptions): void => {
    const loading: unknown = module.load({ ...options, onActivation: onActivation(options) });
    if (!isThenable(loading)) return;
    drop(loading);
    throw broken(name, "its module loads asynchronously, and it must not");
  };
  named(name, "its module", () => container.load(new ContainerModule(load)));
}

function named<Result>(name: string, what: string, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    if (isSynclineError(cause)) throw cause;
    throw broken(name, `${what} threw ${nameAndPlace(cause)}`, cause);
  }
}

function broken(name: string, what: string, cause?: unknown): SynclineError {
  return new SynclineError("plugin.incompatible", `The plugin "${name}" cannot be used: ${what}.`, { cause });
}
