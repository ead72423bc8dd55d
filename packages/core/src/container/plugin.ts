import type { ContainerModule } from "inversify";
import { SynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";

/** An extension: a module that is loaded after core's own, so that it can rebind any default or wrap a part by `onActivation`. */
export interface Plugin {
  readonly specVersion: 1;
  readonly name: string;
  /** Must load synchronously. */
  readonly module: ContainerModule;
}

const knownVersions: readonly number[] = [1];

/** Why a part that was written against another core cannot be used with this one; empty if it can. */
export function checkSpecVersion(
  at: string,
  part: { readonly specVersion?: unknown; readonly name?: unknown },
): readonly Problem[] {
  const version = part?.specVersion;
  if (typeof version === "number" && knownVersions.includes(version)) return [];
  const name = typeof part?.name === "string" ? `"${part.name}"` : "it";
  if (typeof version !== "number") {
    return [{ at, message: `${name} states no specVersion; this core knows ${knownVersions.join(", ")}.` }];
  }
  const out = version > Math.max(...knownVersions) ? "upgrade @syncline/core" : `upgrade ${name}`;
  return [{ at, message: `${name} has specVersion ${version}, this core knows ${knownVersions.join(", ")}: ${out}.` }];
}

export function refuse(
  message: string,
  problems: readonly Problem[],
  code: "config.invalid" | "plugin.incompatible",
): void {
  if (problems.length > 0) throw new SynclineError(code, message, { problems });
}
