import { expect, it } from "vitest";
import type { HttpOptions } from "./options.ts";
import { given, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";

eachEngine("a query", ({ server, downstream }) => {
  it("has no parameter of the path's where the instance has one of that name", async () => {
    const configure: HttpOptions["configure"] = (instance) => {
      instance.interceptors.request.use((config) => ({ ...config, params: { api_key: "the-key" } }));
    };
    const invoker = downstream({ configure });
    const path =
      "/orders?api_key=mine&API_KEY=mine&api.key=mine&api%5fkey=mine&api_key[]=mine&a%70i_key&full={orderId}";
    await invoker.invoke(upsert({ path: path.replace("[]", "%5B%5D") }), given().context);
    expect(server().last.url).toBe("/orders?full=42&api_key=the-key");
    await invoker.invoke(upsert({ path: "/orders?api_key={orderId}", strategy: "other" }), given().context);
    expect(server().last.url).toBe("/orders?api_key=the-key");
  });
});
