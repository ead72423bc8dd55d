import { describe, it } from "vitest";
import { httpFixture, transportConformance } from "../../../testkit/src/transport/index.ts";
import { http } from "./http.ts";

const envelope = { envelope: true };
const answer = { message: "error" };
const items = { path: "errors", index: "index", code: "code", message: "message", kind: "rejected" };
const single = { path: "/orders", options: { ...envelope, answer } };
const batch = { path: "/orders", options: { ...envelope, answer: { ...answer, items } } };

const skipped = {
  undici: {},
  node: {
    "a call after closing has failed, effect no, and is not sent":
      "axios' own http adapter connects anew; Syncline never calls a transport that it has closed",
  },
};

for (const engine of ["undici", "node"] as const) {
  describe(`over the ${engine} engine`, () => {
    transportConformance(
      () =>
        httpFixture(({ url, secret }) => http({ baseUrl: url, auth: { bearer: secret }, engine }), { single, batch }),
      { describe, it },
      { capabilities: ["batch", "perItemOutcome", "delete"], skip: skipped[engine] },
    );
  });
}
