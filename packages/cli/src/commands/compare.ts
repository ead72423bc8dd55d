import type { Preview } from "@syncline/core";
import { parseKey } from "../condition.ts";
import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";

/** What two strategies would send of one key now. Nothing is sent. Exit code 1: not the same. */
export async function compare(
  context: Context,
  strategy: string,
  other: string,
  key: readonly string[],
): Promise<ExitCode> {
  const { pipeline } = context;
  const condition = parseKey(key, pipeline);
  const sides: Side[] = [];
  for (const name of [strategy, other]) sides.push({ name, ...sideOf(await pipeline.preview(name, condition)) });
  const [one, two] = sides.map(({ sends }) => JSON.stringify(sends));
  const isSame = one === two;
  answer(context, { isSame, strategies: sides }, () =>
    [
      isSame ? "Both would send the same:" : "They would not send the same.",
      ...sides
        .slice(0, isSame ? 1 : 2)
        .flatMap(({ name, request, sends: { operation, bodies } }) => [
          `${name}: ${operation === "none" ? "nothing" : operation}`,
          ...(request === undefined ? [] : [JSON.stringify(request, null, 2).replaceAll(/^/gm, "  ")]),
          ...(request === undefined ? bodies.map((body) => `  ${body}`) : []),
        ]),
    ].join("\n"),
  );
  return isSame ? 0 : 1;
}

interface Side {
  readonly name: string;
  readonly request: Preview["request"];
  /** Without what is of the strategy alone: delivery ids are bound to its name, and requests have them. */
  readonly sends: ReturnType<typeof sendsOf>;
}

function sideOf(preview: Preview): Omit<Side, "name"> {
  return { request: preview.request, sends: sendsOf(preview) };
}

function sendsOf({ operation, call }: Preview) {
  const bodies: readonly string[] = call?.items.map(({ json }) => json) ?? [];
  return { operation, path: call?.path, method: call?.method, options: call?.options, bodies };
}

export const registerCompare: Register = (program, { within }) => {
  program
    .command("compare <strategy> <other> <key...>")
    .description("what both would send of one key now; exit code 1 if not the same")
    .action((strategy, other, key) => within((context) => compare(context, strategy, other, key)));
};
