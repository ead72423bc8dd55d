import type { OwnPostgresServer, StopMode } from "@syncline/dev-postgres";
import type { Fault } from "./fault.ts";
import { pause } from "./pause.ts";

/** The server itself stops, in order or by a crash, and is back after a while on the same port with the same data. */
export function serverFaults(server: OwnPostgresServer): readonly Fault[] {
  // Two at once would be one: the second waits for the first.
  let last = Promise.resolve();
  return (["fast", "immediate"] as const).map((mode: StopMode) => ({
    name: `server restarted (${mode})`,
    inflict: ({ random, signal }) => {
      const restart = async () => {
        await server.stop({ mode, keepData: true });
        await pause(random.integer(0, 800), signal);
        await server.start();
      };
      last = last.catch(() => {}).then(restart);
      return last;
    },
  }));
}
