import { expect, it } from "vitest";
import { prepareAxios, usesAxios } from "./axios-loading.ts";

const missing = Object.assign(new Error("Cannot find package 'axios' imported from client.js"), {
  code: "ERR_MODULE_NOT_FOUND",
});
const other = new SyntaxError("The requested module 'axios' does not provide an export named 'Axios'");

it("is wanted by those who configure an instance, or ask for Node's own engine, and by nobody else", async () => {
  expect([{}, { engine: "undici" as const }].map(usesAxios)).toEqual([false, false]);
  expect([{ engine: "node" as const }, { configure: () => {} }].map(usesAxios)).toEqual([true, true]);
  const load = () => Promise.reject(missing);
  expect(await prepareAxios({ engine: "undici" }, load)).toEqual([]);
});

it("is a problem of the option that wants it where it is missing or another than expected", async () => {
  const words = (option: string, code: string, error: Error) => [
    { at: option, message: `needs axios, which cannot be loaded (${code}): ${error.message}` },
  ];
  const prepared = prepareAxios({ engine: "node" }, () => Promise.reject(missing));
  expect(await prepared).toEqual(words("engine", "ERR_MODULE_NOT_FOUND", missing));
  const configured = prepareAxios({ configure: () => {} }, () => Promise.reject(other));
  expect(await configured).toEqual(words("configure", "SyntaxError", other));
});
