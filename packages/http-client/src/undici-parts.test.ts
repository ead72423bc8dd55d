import { Agent as publicAgent, buildConnector as publicConnector } from "undici";
import { expect, test } from "vitest";
import { Agent, buildConnector } from "./undici-parts.ts";

test("the parts of undici that are taken from files of their own are those of its main entry", () => {
  expect(Agent).toBe(publicAgent);
  expect(buildConnector).toBe(publicConnector);
});
