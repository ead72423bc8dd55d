import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pluginKinds } from "./plugin-kind.ts";
import { ownVersion, scaffold } from "./scaffold.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "syncline-create-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const name = "@acme/syncline-db2";
const read = (path: string) => readFileSync(join(folder, path), "utf8");

describe.each(pluginKinds)("a scaffolded %s", (kind) => {
  it("has the files of its kind and those of every plugin", () => {
    const { files, directory } = scaffold({ kind, name, directory: folder });
    expect(directory).toBe(folder);
    const common = [".gitignore", ".github/workflows/ci.yml", "LICENSE", "README.md", "package.json", "tsconfig.json"];
    const own = { adapter: ["src/poller.ts", "src/dialect.ts"], transport: ["src/invoker.ts"] }[kind];
    expect(files).toEqual(expect.arrayContaining([...common, ...own, "src/index.ts", "src/conformance.test.ts"]));
    const written = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(written).toHaveLength(files.length);
  });

  it("is filled in everywhere", () => {
    const { files } = scaffold({ kind, name, directory: folder });
    for (const path of files) {
      expect(path).not.toMatch(/template/);
      expect(read(path), path).not.toMatch(/__[A-Za-z]+__/);
    }
    expect(read("README.md")).toContain(`# ${name}\n`);
    expect(read("LICENSE")).toContain(`The authors of ${name}`);
    expect(read("src/index.ts")).toContain("db2");
  });

  it("is found as a plugin, and leaves core to the application", () => {
    scaffold({ kind, name, directory: folder });
    const manifest = JSON.parse(read("package.json"));
    expect(manifest).toMatchObject({
      name,
      keywords: ["syncline-plugin"],
      peerDependencies: { "@syncline/core": `^${ownVersion()}` },
    });
    expect(manifest.dependencies).toBeUndefined();
    // Exact: what builds today builds next year.
    for (const version of Object.values(manifest.devDependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(read(`src/${kind}.ts`)).toContain("specVersion: 1,");
  });
});

describe("scaffolding makes its folder, and", () => {
  it("takes an empty one", () => {
    const directory = join(folder, "deep", "down");
    mkdirSync(directory, { recursive: true });
    expect(scaffold({ kind: "adapter", name, directory }).files).toContain("package.json");
  });

  it("leaves one alone that is not empty", () => {
    writeFileSync(join(folder, "mine.txt"), "");
    expect(() => scaffold({ kind: "adapter", name, directory: folder })).toThrow(/is not an empty folder/);
    expect(readdirSync(folder)).toEqual(["mine.txt"]);
  });

  it("refuses a file in its place", () => {
    const directory = join(folder, "file");
    writeFileSync(directory, "");
    expect(() => scaffold({ kind: "transport", name, directory })).toThrow(/is not an empty folder/);
  });

  it("tells everything that is wrong at once", () => {
    writeFileSync(join(folder, "mine.txt"), "");
    const request = { kind: "store" as "adapter", name: "No Name", directory: folder };
    expect(() => scaffold(request)).toThrow(
      /kind must be adapter or transport[\s\S]*package's name[\s\S]*empty folder/,
    );
  });
});
