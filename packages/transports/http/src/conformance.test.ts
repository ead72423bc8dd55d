import { httpFixture, transportConformance } from "@syncline/testkit";
import { describe, it } from "vitest";
import { http } from "./http.ts";
import { engines } from "./testing/each-engine.ts";

const envelope = { envelope: true };
const answer = { message: "error" };
const items = { path: "errors", index: "index", code: "code", message: "message", kind: "rejected" };
const single = { path: "/orders", options: { ...envelope, answer } };
const batch = { path: "/orders", options: { ...envelope, answer: { ...answer, items } } };

for (const [engine, options] of engines) {
  describe(`over the ${engine} engine`, () => {
    transportConformance(
      () =>
        httpFixture(({ url, secret }) => http({ baseUrl: url, auth: { bearer: secret }, ...options }), {
          single,
          batch,
        }),
      { describe, it },
      { capabilities: ["batch", "perItemOutcome", "delete"] },
    );
  });
}
