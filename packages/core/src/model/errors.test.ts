import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { errorCodes, isSynclineError, SynclineError } from "./errors.ts";

const page = readFileSync(new URL("../../../../docs/errors.md", import.meta.url), "utf8");
const documented = [...page.matchAll(/^\| `([a-z.-]+)` \|[^|]*\| (yes|no) \|/gm)].map(([, code, retryable]) => [
  code,
  retryable,
]);

it("documents each code, and documents no code that there is not", () => {
  expect(documented.map(([code]) => code).sort()).toEqual([...errorCodes].sort());
});

it("documents as retryable what is", () => {
  for (const code of errorCodes) {
    expect(documented).toContainEqual([code, new SynclineError(code, "").retryable ? "yes" : "no"]);
  }
});

it("lists every problem in the message, and keeps the cause", () => {
  const cause = new Error("why");
  const error = new SynclineError("config.invalid", "Not in order.", {
    cause,
    problems: [
      { at: "a.b", message: "It is missing." },
      { at: "c", message: "It is too long." },
    ],
  });
  expect(error.message).toBe("Not in order.\n  - a.b: It is missing.\n  - c: It is too long.");
  expect(error.cause).toBe(cause);
});

it("is recognised by its mark, whichever copy of the package made it", () => {
  const other = Object.defineProperty(new Error("from elsewhere"), Symbol.for("@syncline/core/SynclineError"), {
    value: true,
  });
  expect([isSynclineError(other), isSynclineError(new Error()), isSynclineError(null)]).toEqual([true, false, false]);
});
