import { describe, expect, it } from "vitest";
import { parseFlags } from "./flags.ts";

describe("flags", () => {
  it("are taken with a space and with an equals sign, long and short", () => {
    const { flags, problems } = parseFlags([
      "--kind=adapter",
      "--name",
      "@acme/syncline-db2",
      "--directory",
      "x",
      "-y",
    ]);
    expect(problems).toEqual([]);
    expect(flags).toEqual({
      kind: "adapter",
      name: "@acme/syncline-db2",
      directory: "x",
      yes: true,
      help: false,
      version: false,
    });
  });

  it("may all be left out", () => {
    const { flags, problems } = parseFlags([]);
    expect(problems).toEqual([]);
    expect([flags.kind, flags.name, flags.directory, flags.yes]).toEqual([undefined, undefined, undefined, false]);
  });

  it("that are wrong are named all at once", () => {
    const parameters = ["--kind", "database", "--name", "Acme DB2", "--yes=no", "--force", "here", "-q", "--directory"];
    expect(parseFlags(parameters).problems).toEqual([
      "there is no --force",
      '"here" is not expected here: name it by a flag',
      "there is no -q",
      "--directory needs a value",
      "--yes takes no value",
      '--kind must be adapter or transport, not "database"',
      "--name must be a package's name, such as @acme/syncline-db2: lower case, at most 214 characters",
    ]);
  });

  it.each(["kind", "name", "directory"])("without their value are refused: --%s", (name) => {
    for (const parameters of [[`--${name}`], [`--${name}=`], [`--${name}`, "--yes"]])
      expect(parseFlags(parameters).problems).toContain(`--${name} needs a value`);
  });

  it("given twice are refused, since one of them would be lost", () => {
    expect(parseFlags(["--name", "a", "--name", "b"]).problems).toEqual(["--name is given twice"]);
  });
});
