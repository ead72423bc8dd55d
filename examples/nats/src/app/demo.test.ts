import { testDatabase } from "@syncline/dev-postgres/vitest";
import { describe, expect, test } from "vitest";
import { NatsServer, natsServerProgram } from "../testing/nats-server.ts";
import { runDemo } from "./demo.ts";

const program = natsServerProgram();

describe.skipIf(program === undefined)("from Postgres to a stream", () => {
  test("the last state of each key arrives, and what is gone is gone", async () => {
    const url = await testDatabase();
    const server = await NatsServer.start(program ?? "");
    const lines: string[] = [];
    try {
      const login = { user: "syncline", pass: server.password };
      const isEqual = await runDemo(url, { address: server.address, login }, (line) => lines.push(line));
      expect(lines).toEqual([
        "equal: 20 orders were paid; the stream has 20 orders",
        "equal: one was changed 30 times, another taken back; the stream has 19 orders",
      ]);
      expect(isEqual).toBe(true);
    } finally {
      await server.close();
    }
  });
});
