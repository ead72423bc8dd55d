import { expect, it } from "vitest";
import { prepareAws } from "./aws-signature.ts";

it("is a problem of the option that wants the signer where it is not installed", async () => {
  const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  expect(await prepareAws(() => Promise.reject(missing))).toEqual([
    {
      at: "auth.aws",
      message: "needs @smithy/signature-v4, which cannot be loaded (ERR_MODULE_NOT_FOUND): Cannot find package",
    },
  ]);
  expect(await prepareAws()).toEqual([]);
});
