import { afterEach, expect, it } from "vitest";
import { http } from "./http.ts";
import { failureOf, given, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";

const secret = "planted-key/+&=42";
const queryKey = { name: "api_key", value: secret };

eachEngine("an API key in the query", ({ server, downstream, answering }) => {
  afterEach(() => {
    delete process.env.SYNCLINE_TEST_QUERY_KEY;
  });

  it("goes with every call, in place of one that the strategy has", async () => {
    const invoker = downstream({ queryKey });
    await invoker.invoke(upsert(), given().context);
    expect(server().last.url).toBe("/orders/42?api_key=planted-key%2F%2B%26%3D42");
    await invoker.invoke(upsert({ path: "/o?full={orderId}&API_KEY=mine", strategy: "other" }), given().context);
    expect(server().last.url).toBe("/o?full=42&api_key=planted-key%2F%2B%26%3D42");
  });

  it("stands in no failure and no preview", async () => {
    const invoker = downstream({ queryKey });
    server().script = (request, response) => {
      response.writeHead(422).end(JSON.stringify({ error: `no such address: ${request.url}` }));
    };
    const call = upsert({ options: { answer: { message: "error" } } });
    const found = failureOf(await invoker.invoke(call, given().context));
    expect(found.message).toContain("[secret]");
    await server().stop();
    const texts = [found, await invoker.invoke(call, given().context), invoker.describe?.(call)];
    expect(JSON.stringify(texts)).not.toMatch(/planted|%2F%2B/);
  });

  it("that is not there is unauthorized, and one that was refused is looked up again", async () => {
    const invoker = downstream({ queryKey: { name: "key", value: "env:SYNCLINE_TEST_QUERY_KEY" } });
    const missing = failureOf(await invoker.invoke(upsert(), given().context));
    expect(missing).toMatchObject({ kind: "unauthorized", code: "http.secret", effect: "no" });
    expect(server().received).toEqual([]);
    process.env.SYNCLINE_TEST_QUERY_KEY = "first-key";
    answering(401);
    await invoker.invoke(upsert(), given().context);
    process.env.SYNCLINE_TEST_QUERY_KEY = "second-key";
    await invoker.invoke(upsert(), given().context);
    expect(server().received.map(({ url }) => url)).toEqual(["/orders/42?key=first-key", "/orders/42?key=second-key"]);
  });
});

it.each([
  [{ name: "a b", value: "x" }, "queryKey.name"],
  [{ name: "a&b", value: "x" }, "queryKey.name"],
  [{ name: "a" }, "queryKey.value"],
  [{ name: "a", value: "" }, "queryKey.value"],
])("is refused at start: %j", (given, at) => {
  const transport = http({ baseUrl: "https://crm.example.com", queryKey: given as never });
  expect(transport.checkOptions?.().map((problem) => problem.at)).toEqual([at]);
});
