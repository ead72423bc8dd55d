import { expect, test } from "vitest";
import { createFence } from "./fence.ts";

const answering = (...row: readonly unknown[]) => ({ query: async () => [row] });

test("a read by the server of the changes passes, which is asked for its name once", async () => {
  let asked = 0;
  const fence = createFence(async () => {
    asked += 1;
    return [["a/3306/1", 0]];
  });
  await fence(answering("a/3306/1", 0));
  await fence(answering("a/3306/1", 0));
  expect(asked).toBe(1);
});

test("a read by another server, or by one that cannot be written, is an error", async () => {
  const fence = createFence(async () => [["a/3306/1", 0]]);
  await expect(fence(answering("b/3306/2", 0))).rejects.toMatchObject({
    code: "database.unavailable",
    needsPerson: true,
    message: expect.stringMatching(/another one.*staleReads: "allow"/),
  });
  await expect(fence(answering("a/3306/1", 1))).rejects.toThrow(/read-only/);
});

test("after a failover the new primary is read", async () => {
  let primary = "a/3306/1";
  const fence = createFence(async () => [[primary, 0]]);
  await fence(answering(primary, 0));
  primary = "b/3306/2";
  await fence(answering(primary, 0));
  await expect(fence(answering("a/3306/1", 0))).rejects.toThrow(/another one/);
});
