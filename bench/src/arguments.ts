import { parseArgs } from "node:util";

export interface BenchArguments {
  readonly quick: boolean;
  readonly only: readonly string[];
  readonly repeats: number;
  readonly nodeFlags: readonly string[];
}

/** Throws a sentence that lists everything that is wrong. */
export function readArguments(given: readonly string[], scenarios: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...given],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      repeats: { type: "string" },
      profile: { type: "string" },
    },
  });
  const problems: string[] = [];
  for (const name of values.only.filter((each) => !scenarios.includes(each)))
    problems.push(`--only ${name}: there is no such scenario; there are ${scenarios.join(", ")}`);
  const repeats = values.repeats === undefined ? (values.quick ? 1 : 5) : Number(values.repeats);
  if (!Number.isInteger(repeats) || repeats < 1)
    problems.push(`--repeats ${values.repeats}: must be a whole number above 0`);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const nodeFlags = values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`];
  return { quick: values.quick, only: values.only.length === 0 ? scenarios : values.only, repeats, nodeFlags };
}
