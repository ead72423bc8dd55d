import { defineConfig } from "vitest/config";

export default defineConfig({
  ssr: { resolve: { conditions: ["@syncline/source", "module", "node", "development|production"] } },
  resolve: { conditions: ["@syncline/source", "module", "node", "development|production"] },
  test: { include: ["packages/**/*.test.ts"], passWithNoTests: true },
});
