import { hasNoCycles, spiLoadsNoContainer } from "./graph-rules.ts";
import { importRules } from "./import-rules.ts";
import { readProject } from "./project.ts";
import type { Violation } from "./violation.ts";

/** Every breach of the rules on who may import what, in the repository at `base`. */
export function checkBoundaries(base: string): readonly Violation[] {
  const project = readProject(base);
  const perImport = [...project.files.values()].flatMap((file) =>
    file.imports.flatMap((found) =>
      importRules.flatMap((rule) => {
        const message = rule(project, file, found);
        return message === undefined ? [] : [{ path: file.path, line: found.line, message }];
      }),
    ),
  );
  return [...perImport, ...spiLoadsNoContainer(project), ...hasNoCycles(project)];
}
