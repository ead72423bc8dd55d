import type { ContainerModule } from "inversify";
import type { SpecVersionRange, Versioned } from "../contracts/spec-version.ts";
import { SynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";
import { coreVersion, isOlder } from "./core-version.ts";

/** An extension: a module that is loaded after core's own, so that it can rebind any default or wrap a part by `onActivation`. */
export interface Plugin extends Versioned {
  readonly name: string;
  /** Must load synchronously. */
  readonly module: ContainerModule;
}

const knownVersions: readonly number[] = [1];

/** Why a part that was written against another core cannot be used with this one; empty if it can. */
export function checkSpecVersion(at: string, part: { readonly name?: unknown } & Unchecked): readonly Problem[] {
  const name = typeof part?.name === "string" ? `"${part.name}"` : "it";
  const range = rangeOf(part?.specVersion);
  const known = `this core (${coreVersion}) knows ${knownVersions.join(", ")}`;
  if (range === undefined) {
    const message =
      part?.specVersion === undefined
        ? `${name} states no specVersion; ${known}.`
        : `${name} states a specVersion that is neither a whole number nor a range { from, to }; ${known}.`;
    return [{ at, message }];
  }
  const { from, to } = range;
  if (!knownVersions.some((version) => from <= version && version <= to)) {
    const isNewer = from > Math.max(...knownVersions);
    const out = !isNewer ? `upgrade ${name}` : `upgrade @syncline/core${minimum(part.needsCore)}`;
    const version = from === to ? String(from) : `${from} to ${to}`;
    return [{ at, message: `${name} has specVersion ${version}, ${known}: ${out}.` }];
  }
  return checkNeededCore(at, name, part.needsCore);
}

interface Unchecked {
  readonly specVersion?: unknown;
  readonly needsCore?: unknown;
}

function rangeOf(stated: unknown): SpecVersionRange | undefined {
  if (Number.isSafeInteger(stated)) return { from: Number(stated), to: Number(stated) };
  if (typeof stated !== "object" || stated === null) return undefined;
  const { from, to } = stated as Partial<SpecVersionRange>;
  if (from === undefined || to === undefined || !Number.isSafeInteger(from) || !Number.isSafeInteger(to))
    return undefined;
  return from <= to ? { from, to } : undefined;
}

function minimum(needsCore: unknown): string {
  return typeof needsCore === "string" ? ` to ${needsCore} or newer` : "";
}

function checkNeededCore(at: string, name: string, needsCore: unknown): readonly Problem[] {
  if (needsCore === undefined) return [];
  const isTooOld = typeof needsCore === "string" ? isOlder(coreVersion, needsCore) : undefined;
  if (isTooOld === false) return [];
  const message =
    isTooOld === undefined
      ? `${name} says needsCore, which has to be a release such as 0.3.0.`
      : `${name} needs @syncline/core ${needsCore} or newer; this is ${coreVersion}: upgrade @syncline/core.`;
  return [{ at, message }];
}

export function refuse(
  message: string,
  problems: readonly Problem[],
  code: "config.invalid" | "plugin.incompatible",
): void {
  if (problems.length > 0) throw new SynclineError(code, message, { problems });
}
