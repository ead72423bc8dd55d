import { isBuiltin } from "node:module";
import { isRelative, type Project, packageName, targetOf, workspaceOf } from "./project.ts";
import type { Import, SourceFile } from "./source-file.ts";

/** What is wrong with one import of one file, or undefined. */
type Rule = (project: Project, file: SourceFile, found: Import) => string | undefined;

export const importRules: readonly Rule[] = [
  exportsByName,
  staysInItsPackage,
  productionUsesNoTests,
  contractsStandAlone,
  followsTheArrows,
  driversBelongToTheirAdapter,
  isDeclared,
];

function exportsByName(_project: Project, _file: SourceFile, found: Import): string | undefined {
  return found.exportsAll ? `exports everything from "${found.specifier}"; name what is exported` : undefined;
}

function staysInItsPackage(project: Project, file: SourceFile, { specifier }: Import): string | undefined {
  const own = workspaceOf(project, file.path);
  if (own === undefined || !isRelative(specifier)) return undefined;
  const target = targetOf(project, file.path, specifier) ?? "";
  if (target.startsWith(`${own.folder}/`)) return undefined;
  if (file.isTest && target.startsWith("tools/")) return undefined;
  return `reaches out of ${own.folder} with "${specifier}"; import the package by its name`;
}

function productionUsesNoTests(project: Project, file: SourceFile, { specifier }: Import): string | undefined {
  if (file.isTest || workspaceOf(project, file.path) === undefined) return undefined;
  const target = targetOf(project, file.path, specifier);
  const isTest = target !== undefined && project.files.get(target)?.isTest === true;
  return isTest ? `imports "${specifier}", which is for tests only` : undefined;
}

const contractsFolder = /^packages\/core\/src\/(contracts|model)\//;
const kitFolder = /^packages\/core\/src\/(adapter|transport)-kit\//;

function contractsStandAlone(project: Project, file: SourceFile, { specifier }: Import): string | undefined {
  const isKit = kitFolder.test(file.path);
  if (file.isTest || !(isKit || contractsFolder.test(file.path))) return undefined;
  // The transports' secrets may stand in files.
  if (isKit && isBuiltin(specifier)) return undefined;
  const target = targetOf(project, file.path, specifier);
  if (target !== undefined && (contractsFolder.test(target) || (isKit && kitFolder.test(target)))) return undefined;
  return isKit
    ? `imports "${specifier}"; a kit imports contracts and model only`
    : `imports "${specifier}"; contracts and model import nothing but each other`;
}

/** The packages of this repository that a folder's files may import, and with `inTests` what their tests may besides. */
interface Arrow {
  readonly from: RegExp;
  readonly to: readonly RegExp[];
  readonly inTests: readonly RegExp[];
}

const core = /^@syncline\/core(\/|$)/;
const spi = /^@syncline\/core\/spi$/;
const adapterKit = /^@syncline\/core\/adapter-kit$/;
const transportKit = /^@syncline\/core\/transport-kit$/;
const httpClient = /^@syncline\/http-client$/;
const files = /^@syncline\/files$/;
const telemetry = /^@syncline\/opentelemetry(\/|$)/;
const webConsole = /^@syncline\/console$/;
const testing = /^@syncline\/(dev-postgres|testkit)(\/|$)/;
const anyPackage = /^@syncline\/(?!example-|bench(\/|$))/;

// The first that fits. Tests of a package see core and what serves tests; what joins an adapter and a transport belongs
// to `test/`, so that nobody depends on a sibling.
const arrows: readonly Arrow[] = [
  { from: /^packages\/core\//, to: [], inTests: [core, testing] },
  { from: /^packages\/adapters\//, to: [spi, adapterKit], inTests: [core, testing] },
  { from: /^packages\/http-client\//, to: [spi, transportKit], inTests: [core, testing] },
  { from: /^packages\/transports\//, to: [spi, transportKit, httpClient], inTests: [core, testing] },
  { from: /^packages\/cli\//, to: [core, telemetry, files, webConsole], inTests: [testing] },
  { from: /^packages\/dev-postgres\//, to: [], inTests: [] },
  { from: /^packages\//, to: [core], inTests: [testing] },
  { from: /^(examples|bench|test|tools)\//, to: [anyPackage], inTests: [] },
];

function followsTheArrows(project: Project, file: SourceFile, { specifier }: Import): string | undefined {
  if (!specifier.startsWith("@syncline/")) return undefined;
  if (file.isTest && packageName(specifier) === workspaceOf(project, file.path)?.name) return undefined;
  const arrow = arrows.find(({ from }) => from.test(file.path));
  if (arrow === undefined) return undefined;
  const allowed = file.isTest ? [...arrow.to, ...arrow.inTests] : arrow.to;
  if (allowed.some((each) => each.test(specifier))) return undefined;
  if (core.test(specifier) && arrow.to.includes(spi)) {
    const allowed = `@syncline/core/spi and ${arrow.to.includes(adapterKit) ? "adapter-kit" : "transport-kit"}`;
    return `imports "${specifier}"; of core, this package imports ${allowed} only`;
  }
  return `imports "${specifier}", against the direction of dependencies`;
}

/** Each driver's one home. Tests, examples and benchmarks may use drivers as applications do. */
const drivers: ReadonlyMap<string, RegExp> = new Map([
  ["pg", /^packages\/(adapters\/postgres|dev-postgres)\//],
  ["mssql", /^packages\/adapters\/sqlserver\//],
  ["tedious", /^packages\/adapters\/sqlserver\//],
  ["oracledb", /^packages\/adapters\/oracle\//],
]);

function driversBelongToTheirAdapter(_project: Project, file: SourceFile, { specifier }: Import): string | undefined {
  const home = drivers.get(packageName(specifier));
  if (home === undefined || file.isTest || !file.path.startsWith("packages/") || home.test(file.path)) return undefined;
  return `imports the driver "${specifier}", which only its adapter may`;
}

function isDeclared(project: Project, file: SourceFile, { specifier }: Import): string | undefined {
  if (isRelative(specifier) || isBuiltin(specifier)) return undefined;
  const name = packageName(specifier);
  const own = workspaceOf(project, file.path);
  const manifest = own?.manifest ?? project.manifest;
  const declared = [manifest.dependencies, manifest.peerDependencies, manifest.optionalDependencies];
  if (file.isTest || own === undefined) declared.push(manifest.devDependencies, project.manifest.devDependencies);
  if (file.isTest && name === own?.name) return undefined;
  if (declared.some((each) => each !== undefined && name in each)) return undefined;
  // npm links every workspace into the root's node_modules, where the root's own files find them.
  if (own === undefined && project.workspaces.some((each) => each.name === name)) return undefined;
  return `imports "${name}", which ${own?.folder ?? "the root"}'s package.json does not declare`;
}
