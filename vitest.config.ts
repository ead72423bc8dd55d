import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";

// Tests see sources, so nothing has to be built first. The list must hold neither "import" nor
// "module": vitest hands it to its workers as Node conditions. `require("pg")` then fails with
// "Class extends value [object Module]", and what bundlers alone can read is loaded.
const conditions = ["@syncline/source", "node", "development|production"];

// Tests wait on conditions; these limits only end what hangs, on slow and busy machines too.
const limits = { testTimeout: 120_000, hookTimeout: 120_000 };

const roots = [
  ...inside("packages"),
  ...inside("packages/adapters"),
  ...inside("packages/transports"),
  ...inside("examples"),
]
  .concat("bench", "test", "tools")
  .filter((root) => existsSync(root) && root !== "packages/adapters" && root !== "packages/transports");

export default defineConfig({
  test: {
    // Here and not in the projects, which would each start a server of their own.
    globalSetup: ["tools/vitest-postgres.ts"],
    passWithNoTests: true,
    // One more than there are cores: more than a third of the time tests wait for servers and processes that they
    // have started.
    maxWorkers: availableParallelism() + 1,
    reporters: ["default", "./tools/conformance-reporter.ts"],
    projects: [...roots.map(project), typeTests()],
  },
});

function inside(parent: string): readonly string[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(parent, entry.name));
}

function project(root: string): TestProjectConfiguration {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name: root.replace(/^packages\//, ""),
      root,
      include: ["**/*.test.ts"],
      isolate: !isShared(root),
      ...limits,
    },
  };
}

/**
 * Whose test files share a worker's modules: to load them anew for each of 400 files took as long
 * as a third of all tests. Not those that look at the process itself, or put modules in the place of others.
 */
function isShared(root: string): boolean {
  return /^packages\/(core|http-client|adapters\/\w+|transports\/\w+)$/.test(root);
}

/**
 * One project for all type tests: one run of tsc. Errors outside the type tests are for `npm run
 * types` to report.
 */
function typeTests(): TestProjectConfiguration {
  return {
    test: {
      name: "types",
      include: [],
      typecheck: {
        enabled: true,
        only: true,
        include: ["**/*.test-d.ts"],
        tsconfig: "tsconfig.json",
        ignoreSourceErrors: true,
      },
    },
  };
}
