import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { strategy } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { grpc } from "@syncline/grpc";
import { http } from "@syncline/http";
import { soap } from "@syncline/soap";
import { afterAll, expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { order, ordersTo } from "../harness/shop-model.ts";
import { saveOrder } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const wsdl = readFileSync(new URL("../protocols/shop.wsdl", import.meta.url), "utf8");
const taken =
  '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><Taken xmlns="urn:shop"/></e:Body></e:Envelope>';

let answer: RequestListener;
let delivered = 0;
const server = createServer((incoming, response) => {
  if (incoming.method === "GET") return answer(incoming, response);
  delivered += 1;
  incoming.resume().on("end", () => response.setHeader("content-type", "text/xml").end(taken));
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const text =
  (body: string, status = 200): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { location: origin }).end(body);

it.each<[what: string, answer: RequestListener, code: string]>([
  ["HTML with the status 200", text("<html><body>maintenance</body></html>"), "soap.wsdl"],
  ["a 404", text("no", 404), "soap.wsdl"],
  ["a 302", text("", 302), "soap.wsdl"],
  ["JSON", text("{}"), "soap.wsdl"],
  ["nothing", text(""), "soap.wsdl"],
  ["another contract", text(wsdl.replaceAll("Put", "Post")), "soap.strategy"],
  ["elements without number", text(`<a>${"<a/>".repeat(2_000_000)}`), "soap.wsdl"],
])("%s for a WSDL holds the lane that needs it alone, until it is mended", async (_, unfit, code) => {
  const url = await testDatabase();
  const shop = await openShop(url);
  const sound = await Downstream.start();
  answer = unfit;
  delivered = 0;
  const pipeline = await openPipeline(url, undefined, {
    downstreams: {
      crm: http({ baseUrl: sound.url }),
      billing: soap({ wsdl: `${origin}/shop?wsdl`, endpoint: `${origin}/shop` }),
      // Nobody listens there, and nothing needs it.
      stock: grpc({ address: "127.0.0.1:9", plaintext: true, schema: { reflection: true } }),
    },
    strategies: [
      ordersTo("sound"),
      strategy("billed", {
        category: order,
        downstream: "billing",
        path: "Put",
        whenAbsent: "skip",
        query: "SELECT id, status FROM orders WHERE id = :orderId",
      }),
    ],
    tuning: { misconfiguredProbeMs: 50 },
  });
  await pipeline.start();
  await saveOrder(shop, pipeline, 1, {});
  await waitFor("the sound lane to deliver", () => sound.books.kept.length > 0);
  const problem = await waitFor("the held lane to be named", () =>
    pipeline.health().problems.find(({ part }) => part === "strategy billed"),
  );
  expect(problem).toMatchObject({ code });
  // Of the first round, which may still be under way.
  await waitFor("the worker to be ready", () => pipeline.health().ready);
  expect(pipeline.health().live).toBe(true);
  expect(delivered).toBe(0);
  answer = text(wsdl);
  await waitFor("the held lane to deliver", () => delivered > 0);
  await waitFor("the lane to be well again", () => pipeline.health().problems.length === 0);
  await pipeline.stop({ timeoutMs: 0 });
});
