import { randomBytes } from "node:crypto";
import { type ConsolePipeline, createConsole } from "@syncline/console";

/** The web console on a free port of this machine, with a token for this run. */
export async function serveConsole(pipeline: ConsolePipeline) {
  const token = randomBytes(24).toString("base64url");
  const console = createConsole({
    pipelines: { shop: pipeline },
    auth: { tokens: [{ name: "you", role: "operator", token }] },
    // A demo lasts seconds: a minute of history is enough.
    historyMs: 1_000,
  });
  const { url } = await console.listen({ port: 0 });
  return { address: `${url}#token=${token}`, [Symbol.asyncDispose]: () => console.close() };
}
