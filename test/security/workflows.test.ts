import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const workflows = [
  ...readdirSync(new URL(".github/workflows", root)).map((name) => `.github/workflows/${name}`),
  "packages/create-plugin/templates/common/.github/workflows/ci.yml.template",
];
const linesOf = (file: string) => readFileSync(new URL(file, root), "utf8").split("\n");

describe.each(workflows)("%s", (file) => {
  const lines = linesOf(file);

  it("runs actions by the commit that was looked at: whoever owns an action can move its tags", () => {
    const used = lines.filter((line) => /^\s*(- )?uses:/.test(line));
    expect(used.length).toBeGreaterThan(0);
    for (const line of used) expect(line).toMatch(/uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("may read the repository and no more, unless a job says so", () => {
    expect(lines.join("\n")).toMatch(/^permissions:\n {2}contents: read\n(?! )/m);
    expect(lines.filter((line) => /: write\b/.test(line)).map((line) => line.trim())).toEqual(
      file.endsWith("release.yml") ? ["id-token: write"] : [],
    );
    const checkouts = lines.filter((line) => line.includes("actions/checkout@")).length;
    expect(lines.filter((line) => line.includes("persist-credentials: false"))).toHaveLength(checkouts);
  });
});

it("compose.yaml opens ports to this machine alone, and knows no password", () => {
  const lines = linesOf("compose.yaml");
  const ports = lines.filter((line) => /^\s*ports:/.test(line));
  expect(ports).toHaveLength(3);
  for (const line of ports) expect(line).toMatch(/ports: \["127\.0\.0\.1:\d+:\d+"\]$/);
  const passwords = lines.filter((line) => /PASSWORD: /.test(line));
  expect(passwords).toHaveLength(3);
  for (const line of passwords) expect(line).toMatch(/\$\{SYNCLINE_LIVE_PASSWORD:\?/);
});
