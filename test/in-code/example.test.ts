import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, it, vi } from "vitest";
import { waitFor } from "../harness/wait-for.ts";

interface Request {
  readonly line: string;
  readonly body: string;
}

const requests: Request[] = [];
const crm = createServer((incoming, response) => {
  let body = "";
  incoming.setEncoding("utf8");
  incoming.on("data", (text: string) => {
    body += text;
  });
  incoming.on("end", () => {
    requests.push({ line: `${incoming.method} ${incoming.url}`, body });
    response.end("{}");
  });
});
await new Promise<void>((resolve) => crm.listen(0, "127.0.0.1", resolve));
afterAll(() => crm.close());

// The code names a host that is not there; only that is replaced, the transport and its calls are real.
vi.mock("@syncline/http", async (original) => {
  const actual = await original<typeof import("@syncline/http")>();
  const here = `http://127.0.0.1:${(crm.address() as AddressInfo).port}`;
  const http: typeof actual.http = (options) =>
    actual.http({ ...options, baseUrl: options.baseUrl.replace("https://crm.example.com", here) });
  return { ...actual, http };
});

it("runs the documented code as it stands, and delivers what its transaction commits, changes and deletes", async () => {
  const [{ pipeline }, { shop, tx }] = await Promise.all([import("./example.ts"), import("./surroundings.ts")]);
  await pipeline.drain();
  expect(requests).toEqual([]);
  await tx.query("COMMIT");
  await waitFor("the order to arrive", () => requests.length > 0);
  expect(requests.map(({ line }) => line)).toEqual(["PUT /api/orders/42"]);
  expect(JSON.parse(requests[0]?.body ?? "")).toEqual({
    id: "42",
    total: "19.90",
    customer: { email: "c7@example.com" },
  });
  // What leaves the strategy's filter is told to the downstream as a delete; here any language would record it.
  await shop.query(`WITH closed AS (UPDATE orders SET status = 'CLOSED' WHERE id = 42)
    SELECT syncline.record_change('order', '{"orderId": 42}')`);
  await waitFor("the delete to arrive", () => requests.length > 1);
  expect(requests[1]).toEqual({ line: "DELETE /api/orders/42", body: "" });
  await pipeline.stop();
});
