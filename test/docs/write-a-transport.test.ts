import { expect, it } from "vitest";
import { compilerErrors, writeDocumentedPackage } from "./documented-package.ts";

const folder = writeDocumentedPackage("write-a-transport.md");

it("the guide's code compiles", () => {
  expect(compilerErrors(folder)).toBe("");
});

// The guide's own test, run on the guide's own code.
await import(/* @vite-ignore */ `${folder}/src/inbox.test.ts`);
