import type { Fault } from "./fault.ts";
import { pause } from "./pause.ts";
import type { TcpProxy, Weather } from "./tcp-proxy.ts";

/** What networks do between the workers and their database. */
export function networkFaults(proxy: TcpProxy): readonly Fault[] {
  return [
    during(proxy, "network stalls", "stall"),
    during(proxy, "network loses bytes", "vanish"),
    during(proxy, "network delays", "delay"),
    {
      name: "connections reset",
      async inflict({ random, note }) {
        note?.(`${proxy.reset(() => random.chance(0.5))} connections`);
      },
    },
    {
      name: "connection cut in mid-message",
      async inflict({ random, signal, note }) {
        const bytes = random.integer(1, 4_000);
        note?.(`after ${bytes} bytes`);
        proxy.cutAfter(bytes);
        await pause(random.integer(50, 400), signal);
        proxy.cutAfter(undefined);
      },
    },
  ];
}

function during(proxy: TcpProxy, name: string, weather: Weather): Fault {
  return {
    name,
    async inflict({ random, signal }) {
      proxy.weather = weather;
      try {
        await pause(random.integer(100, 1_500), signal);
      } finally {
        proxy.weather = "pass";
      }
    },
  };
}
