import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { http } from "@syncline/http";
import type { HttpInstance } from "@syncline/http-client";
import type { Member } from "./columns.ts";
import type { Door, Misbehave } from "./door.ts";
import type { Options, World } from "./world.ts";

const server = createServer((incoming, response) => {
  incoming.resume();
  incoming.on("end", () => response.end());
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
server.unref();
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function through(sound: Options, options: object): Partial<Options> {
  return { downstreams: { ...sound.downstreams, door: http({ baseUrl, ...options }) } };
}

/** A call that could not be made: its lane or its downstream is held, or it is tried again. */
function isTold(world: World): unknown {
  const parts = ["strategy door", "downstream door"];
  const held = world.pipeline.health().problems.some(({ part }) => parts.includes(part));
  return held || world.attempts.length > 0;
}

function intercepting(kind: "request" | "response"): Door["options"] {
  return (misbehave: Misbehave, sound) => {
    const interceptor = misbehave(((given: unknown) => given) as Member);
    return through(sound, {
      configure: ({ interceptors }: HttpInstance) =>
        void (interceptors[kind] as { use(interceptor: Member): void }).use(interceptor),
    });
  };
}

const part = ["downstream door", "invoke"] as const;

export const httpDoors: readonly Door[] = [
  {
    name: "http.secret",
    fault: part,
    isSync: true,
    isNamed: isTold,
    garbage: [null, 5, {}, [], "", "a\r\nb"],
    options: (misbehave, sound) => through(sound, { auth: { bearer: misbehave(() => "a-secret-of-ours") } }),
  },
  {
    name: "http.interceptors.request",
    fault: part,
    isNamed: isTold,
    garbage: [null, 5, "x"],
    options: intercepting("request"),
  },
  {
    name: "http.interceptors.response",
    fault: part,
    isNamed: isTold,
    garbage: [null, 5, "x", {}],
    options: intercepting("response"),
  },
];
