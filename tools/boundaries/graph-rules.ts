import { type Project, packageName, targetOf } from "./project.ts";
import type { Violation } from "./violation.ts";

/** What `@syncline/core/spi` must never load, be it for a type only: whoever imports it would need the package. */
const containers = new Set(["inversify", "reflect-metadata"]);

export function spiLoadsNoContainer(project: Project): readonly Violation[] {
  const start = targetOf(project, "", "@syncline/core/spi");
  if (start === undefined) return [];
  const violations: Violation[] = [];
  const via = new Map<string, string>([[start, start]]);
  for (const [path, trail] of via) {
    for (const { specifier, line } of project.files.get(path)?.imports ?? []) {
      if (containers.has(packageName(specifier))) {
        violations.push({ path, line, message: `brings ${specifier} into @syncline/core/spi, by way of ${trail}` });
      }
      const target = targetOf(project, path, specifier);
      if (target !== undefined && !via.has(target)) via.set(target, `${trail} → ${target}`);
    }
  }
  return violations;
}

/**
 * Cycles of files, `import type` included: such a cycle works, but its files cannot be understood or moved one by one.
 * Each file is entered once, so a knot of several cycles shows as one or more of them until it is gone.
 */
export function hasNoCycles(project: Project): readonly Violation[] {
  const violations: Violation[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (done.has(path)) return;
    for (const { specifier, line } of project.files.get(path)?.imports ?? []) {
      const target = targetOf(project, path, specifier);
      if (target === undefined) continue;
      const start = [...trail, path].indexOf(target);
      if (start >= 0) {
        const cycle = [...trail, path].slice(start);
        violations.push({ path, line, message: `closes a cycle: ${[...cycle, target].join(" → ")}` });
      } else visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of project.files.keys()) visit(path, []);
  return violations;
}
