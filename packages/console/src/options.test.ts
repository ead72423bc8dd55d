import { expect, it } from "vitest";
import { createConsole } from "./create-console.ts";
import { stubPipeline } from "./testing/stub-pipeline.ts";

const { pipeline } = stubPipeline();
const token = { name: "ada", role: "operator", token: "long-enough-to-be-a-token" } as const;
const sound = { pipelines: { shop: pipeline }, auth: { tokens: [token] } };

it.each<[string, object, string]>([
  ["no login", { auth: undefined }, "auth: is required"],
  ["no token", { auth: { tokens: [] } }, "auth.tokens: must be a list"],
  [
    "a token that can be guessed",
    { auth: { tokens: [{ ...token, token: "secret" }] } },
    "auth.tokens[0].token: must have",
  ],
  ["two of one name", { auth: { tokens: [token, token] } }, "auth.tokens: must each have a name of its own"],
  ["an unknown role", { auth: { tokens: [{ ...token, role: "admin" }] } }, "auth.tokens[0].role: must be one of"],
  ["no pipeline", { pipelines: {} }, "pipelines: must name at least one"],
  ["something else than a pipeline", { pipelines: { shop: {} } }, "pipelines.shop: must be a pipeline"],
  ["a name that is none", { pipelines: { "a/b": pipeline } }, "pipelines.a/b: must be a name"],
  ["a prefix that is none", { prefix: "ops/" }, "prefix: must be a path"],
  ["an origin with a path", { origins: ["https://ops.example.com/x"] }, "origins[0]: must be an origin"],
  ["calls that nobody tells", { calls: { shop: {} } }, "calls.shop: must have list()"],
  ["calls of no pipeline", { calls: { other: { sends: false, list: () => [] } } }, "calls.other: is of no pipeline"],
  ["an option that is none", { previews: "reader" }, "previews: is not an option"],
])("refuses %s, by name", (_, change, message) => {
  expect(() => createConsole({ ...sound, ...change } as never)).toThrow(message);
});

it("says nothing of the token that it refuses", () => {
  const options = { ...sound, auth: { tokens: [{ ...token, token: "planted-secret" }] } };
  expect(() => createConsole(options)).not.toThrow("planted-secret");
});
