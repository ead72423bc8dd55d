import { parseArgs } from "node:util";

export interface BenchArguments {
  readonly quick: boolean;
  readonly only: readonly string[];
  readonly repeats: number;
  readonly nodeFlags: readonly string[];
  readonly writeDocs: boolean;
}

/**
 * Throws a sentence that lists everything that is wrong.
 * @param core what a quick run measures unless told otherwise.
 */
export function readArguments(
  given: readonly string[],
  scenarios: readonly string[],
  core: readonly string[] = scenarios,
): BenchArguments {
  const { values } = parseArgs({
    args: [...given],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      repeats: { type: "string" },
      profile: { type: "string" },
      "write-docs": { type: "boolean", default: false },
    },
  });
  const problems: string[] = [];
  const named = values.only.flatMap((list) => list.split(",").map((name) => name.trim()));
  for (const name of named.filter((each) => each !== "none" && !scenarios.includes(each)))
    problems.push(`--only ${name}: there is no such scenario; there are ${scenarios.join(", ")}`);
  const repeats = values.repeats === undefined ? (values.quick ? 1 : 5) : Number(values.repeats);
  if (!Number.isInteger(repeats) || repeats < 1)
    problems.push(`--repeats ${values.repeats}: must be a whole number above 0`);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const nodeFlags = values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`];
  const only = named.length > 0 ? named : values.quick ? core : scenarios;
  return {
    quick: values.quick,
    only: only.filter((name) => name !== "none"),
    repeats,
    nodeFlags,
    writeDocs: values["write-docs"],
  };
}
