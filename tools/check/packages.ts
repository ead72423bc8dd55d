import { CheckFailure, failIfAny, run } from "./run.ts";
import { tarballs } from "./tarballs.ts";

const neverShipped = /\.(test|test-d|fixture)\.ts$|\/testing\//;

/** What would be published: complete, without tests, and with `exports` that every resolver understands. */
export function packages(): string {
  failIfAny(
    tarballs().flatMap(({ name, file, contents }) => [
      ...contents.filter((path) => neverShipped.test(path)).map((path) => `${name} ships a test: ${path}`),
      ...["README.md", "LICENSE"].filter((path) => !contents.includes(path)).map((path) => `${name} ships no ${path}`),
      ...problemsOf(() => run("publint", ["--strict", file])),
      // ESM only: the profile leaves out what require() without require(esm) would see.
      ...problemsOf(() => run("attw", ["--profile", "esm-only", "--no-emoji", file])),
    ]),
  );
  return `${tarballs().length} packages`;
}

function problemsOf(action: () => void): readonly string[] {
  try {
    action();
    return [];
  } catch (error) {
    if (error instanceof CheckFailure) return [error.message];
    throw error;
  }
}
