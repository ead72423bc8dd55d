import { expect, it } from "vitest";
import { failureAttributes, readAttributes, recordAttributes } from "./attributes.ts";

it("a status has the attribute of its protocol's semantic conventions", () => {
  expect(failureAttributes({ code: "http.503", kind: "unavailable" })).toMatchObject({
    "http.response.status_code": 503,
  });
  expect(failureAttributes({ code: "grpc.INVALID_ARGUMENT", kind: "rejected" })).toMatchObject({
    "rpc.system.name": "grpc",
    "rpc.response.status_code": "INVALID_ARGUMENT",
  });
  for (const code of ["grpc.tls", "http.timeout", "soap.fault"])
    expect(Object.keys(failureAttributes({ code, kind: "rejected" }))).toEqual(["error.type", "syncline.failure.kind"]);
});

it("a record of several categories names no destination, and one read of many keys is no batch", () => {
  expect(recordAttributes(undefined, 2)).not.toHaveProperty("messaging.destination.name");
  expect(recordAttributes("order", 1)).not.toHaveProperty("messaging.batch.message_count");
  expect(readAttributes("postgres", "crm", 100)).toEqual({
    "db.system.name": "postgresql",
    "db.operation.name": "SELECT",
    "syncline.keys.requested": 100,
    "syncline.strategy": "crm",
  });
});
