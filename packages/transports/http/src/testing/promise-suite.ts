import type { Outcome, SyncCall, SyncInvoker } from "@syncline/core/spi";
import type { HttpAddress } from "@syncline/testkit";
import { describe, expect, it } from "vitest";
import { given, quiet } from "./calls.ts";
import { healthy, type Mutant } from "./mutant.ts";
import { ScriptedServer } from "./server.ts";

export interface Scene {
  readonly server: ScriptedServer;
  /** Answered alike, or as the server's script says. */
  readonly send: (
    call: SyncCall,
    status?: number,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Outcome>;
}

export type Promises = { readonly [name: string]: (scene: Scene) => Promise<void> };

/** Each promise is kept by `whole`, and broken by the mutants that are meant for it. */
export function promiseSuite(promises: Promises, mutants: readonly Mutant[], whole: Mutant["create"] = healthy): void {
  async function keeps(name: string, create: Mutant["create"]): Promise<void> {
    const server = await ScriptedServer.start();
    const address = { url: server.url, secret: "planted" } as HttpAddress;
    const invoker: SyncInvoker = create(address).open({ downstream: "api", log: quiet });
    try {
      await promises[name]?.({
        server,
        send: (call, status, body, headers = {}) => {
          if (status !== undefined)
            server.script = (_request, response) => void response.writeHead(status, headers).end(JSON.stringify(body));
          return invoker.invoke(call, given().context);
        },
      });
    } finally {
      await invoker.close?.();
      await server.stop();
    }
  }

  it.each(Object.keys(promises))("promises that %s", async (name) => {
    await keeps(name, whole);
  });

  describe("mutants of these promises: caught, by the one that it breaks, is one that", () => {
    it.each(mutants)("$name", async ({ create, caughtBy }) => {
      await expect(keeps(caughtBy, create)).rejects.toThrow(/expected/);
    });

    it("each promise has one", () => {
      expect([...new Set(mutants.map(({ caughtBy }) => caughtBy))].sort()).toEqual(Object.keys(promises).sort());
    });
  });
}
