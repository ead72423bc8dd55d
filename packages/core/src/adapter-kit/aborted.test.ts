import { expect, test } from "vitest";
import { orAborted } from "./aborted.ts";

test("what has come is not given back when the signal fires right afterwards", async () => {
  const abort = new AbortController();
  const givenBack: string[] = [];
  const value = await orAborted(Promise.resolve("a connection"), (late) => givenBack.push(late), abort.signal);
  abort.abort();
  await new Promise((resolve) => setImmediate(resolve));
  expect([value, givenBack]).toEqual(["a connection", []]);
});

test("what comes too late is given back", async () => {
  const abort = new AbortController();
  const givenBack: string[] = [];
  let come: (value: string) => void = () => {};
  const coming = new Promise<string>((resolve) => {
    come = resolve;
  });
  const waiting = orAborted(coming, (late) => givenBack.push(late), abort.signal);
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ code: "operation.aborted" });
  come("a connection");
  await expect.poll(() => givenBack).toEqual(["a connection"]);
});
