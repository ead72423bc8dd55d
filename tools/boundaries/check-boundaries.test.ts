import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { checkBoundaries } from "./check-boundaries.ts";
import { show } from "./violation.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const source = (subpath: string, file: string) => ({
  [subpath]: { "@syncline/source": `./src/${file}.ts`, default: `./dist/${file}.js` },
});

const manifests = {
  "package.json": {
    workspaces: [
      "packages/core",
      "packages/dev-postgres",
      "packages/adapters/*",
      "packages/transports/*",
      "examples/*",
    ],
    devDependencies: { vitest: "1" },
  },
  "packages/core/package.json": {
    name: "@syncline/core",
    exports: { ...source(".", "index"), ...source("./spi", "spi"), ...source("./adapter-kit", "adapter-kit") },
    dependencies: { inversify: "1" },
  },
  "packages/adapters/postgres/package.json": {
    name: "@syncline/postgres",
    exports: source(".", "index"),
    peerDependencies: { "@syncline/core": "1", pg: "1" },
    devDependencies: { "@syncline/dev-postgres": "1" },
  },
  "packages/transports/http/package.json": {
    name: "@syncline/http",
    exports: source(".", "index"),
    peerDependencies: { "@syncline/core": "1", "@syncline/postgres": "1", pg: "1" },
  },
  "packages/dev-postgres/package.json": { name: "@syncline/dev-postgres", exports: source(".", "index") },
  "examples/shop/package.json": {
    name: "@syncline/example-shop",
    dependencies: { "@syncline/core": "1", "@syncline/postgres": "1", "@syncline/http": "1", pg: "1" },
  },
};

/** The violations in a repository of these files, each as `path:line message`. */
function violationsIn(files: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "syncline-boundaries-"));
  folders.push(folder);
  for (const [path, content] of Object.entries({ ...manifests, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
  }
  return checkBoundaries(folder).map(show);
}

const core = "packages/core/src";
const postgres = "packages/adapters/postgres/src";
const http = "packages/transports/http/src";

it("finds nothing wrong where everybody keeps to the rules", () => {
  expect(
    violationsIn({
      [`${core}/index.ts`]: `import "inversify"; export { a } from "./model/a.ts";`,
      [`${core}/spi.ts`]: `export { a } from "./model/a.ts"; export type { B } from "./contracts/b.ts";`,
      [`${core}/model/a.ts`]: `import type { B } from "../contracts/b.ts"; export const a: B = 1;`,
      [`${core}/contracts/b.ts`]: `export type B = number;`,
      [`${core}/model/a.test.ts`]: `import { it } from "vitest"; import { a } from "./a.ts"; import "../index.ts";`,
      [`${postgres}/index.ts`]: `import { readFileSync } from "node:fs"; import { a } from "@syncline/core/spi"; import "pg"; import "@syncline/core/adapter-kit";`,
      [`${core}/adapter-kit.ts`]: `export { a } from "./model/a.ts";`,
      [`${postgres}/index.test.ts`]: `import "@syncline/core"; import "@syncline/dev-postgres"; import "../../../../tools/x.ts";`,
      "examples/shop/main.ts": `import "@syncline/core"; import "@syncline/http"; import "@syncline/postgres"; import "pg";`,
      "test/promises.test.ts": `import "@syncline/http"; import "@syncline/postgres";`,
      "tools/x.ts": `import { it } from "vitest";`,
    }),
  ).toEqual([]);
});

describe("finds", () => {
  it.each<[string, Record<string, string>, string]>([
    [
      "a model that imports something else of core",
      { [`${core}/model/a.ts`]: `\nimport "../engine/b.ts";`, [`${core}/engine/b.ts`]: "" },
      `${core}/model/a.ts:2 imports "../engine/b.ts"; contracts and model import nothing but each other`,
    ],
    [
      "a contract that imports a builtin",
      { [`${core}/contracts/a.ts`]: `import type { Socket } from "node:net";` },
      `${core}/contracts/a.ts:1 imports "node:net"; contracts and model import nothing but each other`,
    ],
    [
      "core importing an adapter, if only in a type",
      { [`${core}/index.ts`]: `type A = import("@syncline/postgres").A;` },
      `${core}/index.ts:1 imports "@syncline/postgres", against the direction of dependencies`,
    ],
    [
      "core's tests importing an adapter",
      { [`${core}/index.test.ts`]: `import "@syncline/postgres";` },
      `${core}/index.test.ts:1 imports "@syncline/postgres", against the direction of dependencies`,
    ],
    [
      "an adapter that imports the whole of core",
      { [`${postgres}/index.ts`]: `import { a } from "@syncline/core";` },
      `${postgres}/index.ts:1 imports "@syncline/core"; of core, this package imports @syncline/core/spi and adapter-kit only`,
    ],
    [
      "a transport that imports what is for adapters",
      { [`${http}/index.ts`]: `import { a } from "@syncline/core/adapter-kit";` },
      `${http}/index.ts:1 imports "@syncline/core/adapter-kit"; of core, this package imports @syncline/core/spi and transport-kit only`,
    ],
    [
      "an adapter kit that imports more than the model",
      { [`${core}/adapter-kit/a.ts`]: `import "../engine/b.ts";`, [`${core}/engine/b.ts`]: "" },
      `${core}/adapter-kit/a.ts:1 imports "../engine/b.ts"; a kit imports contracts and model only`,
    ],
    [
      "a transport that imports an adapter, dynamically",
      { [`${http}/index.ts`]: `await import("@syncline/postgres");` },
      `${http}/index.ts:1 imports "@syncline/postgres", against the direction of dependencies`,
    ],
    [
      "an import of an example",
      { "test/a.test.ts": `import "@syncline/example-shop";` },
      `test/a.test.ts:1 imports "@syncline/example-shop", against the direction of dependencies`,
    ],
    [
      "a driver outside its adapter",
      { [`${http}/index.ts`]: `import type { Pool } from "pg";` },
      `${http}/index.ts:1 imports the driver "pg", which only its adapter may`,
    ],
    [
      "a way out of the package",
      { [`${http}/index.ts`]: `import "../../../core/src/spi.ts";`, [`${core}/spi.ts`]: "" },
      `${http}/index.ts:1 reaches out of packages/transports/http with "../../../core/src/spi.ts"; import the package by its name`,
    ],
    [
      "production code that uses what is for tests",
      { [`${http}/index.ts`]: `import "./testing/server.ts";`, [`${http}/testing/server.ts`]: "" },
      `${http}/index.ts:1 imports "./testing/server.ts", which is for tests only`,
    ],
    [
      "a package that is not declared",
      { [`${http}/index.ts`]: `const axios = require("axios/lib");` },
      `${http}/index.ts:1 imports "axios", which packages/transports/http's package.json does not declare`,
    ],
    [
      "a package that only the root declares, in production code",
      { [`${http}/index.ts`]: `import "vitest";` },
      `${http}/index.ts:1 imports "vitest", which packages/transports/http's package.json does not declare`,
    ],
    [
      "a package that only the package's tests may use",
      { [`${postgres}/index.ts`]: `import "@syncline/dev-postgres";` },
      `${postgres}/index.ts:1 imports "@syncline/dev-postgres", which packages/adapters/postgres's package.json does not declare`,
    ],
    [
      "an undeclared package in the root's scripts",
      { "tools/a.ts": `import "left-pad";` },
      `tools/a.ts:1 imports "left-pad", which the root's package.json does not declare`,
    ],
    [
      "an export of everything",
      { [`${core}/index.ts`]: `export * from "./a.ts";`, [`${core}/a.ts`]: "" },
      `${core}/index.ts:1 exports everything from "./a.ts"; name what is exported`,
    ],
    [
      "a container behind @syncline/core/spi, however far",
      {
        [`${core}/spi.ts`]: `export type { A } from "./a.ts";`,
        [`${core}/a.ts`]: `export type { B as A } from "./b.ts";`,
        [`${core}/b.ts`]: `import type { Container } from "inversify"; export type B = Container;`,
      },
      `${core}/b.ts:1 brings inversify into @syncline/core/spi, by way of ${core}/spi.ts → ${core}/a.ts → ${core}/b.ts`,
    ],
    [
      "a cycle, types included",
      {
        [`${core}/a.ts`]: `import "./b.ts";`,
        [`${core}/b.ts`]: `import "./c.ts";`,
        [`${core}/c.ts`]: `import type { B } from "./b.ts";`,
      },
      `${core}/c.ts:1 closes a cycle: ${core}/b.ts → ${core}/c.ts → ${core}/b.ts`,
    ],
    [
      "a file that imports itself by its package's name",
      { [`${core}/spi.test.ts`]: `import "@syncline/core/spi";`, [`${core}/spi.ts`]: `import "./spi.ts";` },
      `${core}/spi.ts:1 closes a cycle: ${core}/spi.ts → ${core}/spi.ts`,
    ],
  ])("%s", (_name, files, violation) => {
    expect(violationsIn(files)).toContain(violation);
  });
});
