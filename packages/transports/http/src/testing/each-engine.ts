import type { SyncInvoker } from "@syncline/core/spi";
import { afterEach, beforeEach, describe } from "vitest";
import { http } from "../http.ts";
import type { HttpOptions } from "../options.ts";
import { quiet } from "./calls.ts";
import { ScriptedServer } from "./server.ts";

export interface Fixture {
  /** The current test's server. */
  readonly server: () => ScriptedServer;
  /** A transport that calls it, closed after the test. */
  readonly downstream: (options?: Partial<HttpOptions>) => SyncInvoker;
  /** Makes the server answer every request alike. */
  readonly answering: (status: number, headers?: Record<string, string>, body?: string) => void;
}

/** What a request goes through: undici with nothing above it, undici under the axios of whoever configures it, Node's own. */
export const engines: readonly (readonly [string, Partial<HttpOptions>])[] = [
  ["undici", { engine: "undici" }],
  ["undici, under axios,", { engine: "undici", configure: () => {} }],
  ["node", { engine: "node" }],
];

/** All owe the same behaviour, so all pass the same tests. */
export function eachEngine(what: string, tests: (fixture: Fixture) => void): void {
  describe.each(engines)(`${what} over the %s engine`, (_engine, base) => {
    let server: ScriptedServer;
    const open: SyncInvoker[] = [];
    beforeEach(async () => {
      server = await ScriptedServer.start();
    });
    afterEach(async () => {
      for (const invoker of open.splice(0)) await invoker.close?.();
      await server.stop();
    });
    tests({
      server: () => server,
      downstream: (options = {}) => {
        const invoker = http({ baseUrl: server.url, ...base, ...options }).open({ downstream: "crm", log: quiet });
        open.push(invoker);
        return invoker;
      },
      answering: (status, headers = {}, body = "") => {
        server.script = (_request, answer) => {
          answer.writeHead(status, headers);
          answer.end(body);
        };
      },
    });
  });
}
