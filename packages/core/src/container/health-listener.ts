import type { IncomingMessage, ServerResponse } from "node:http";
import type { Pipeline } from "./pipeline.ts";

/**
 * Answers `GET /livez` and `GET /readyz` with 200 or 503 and what is not well, as JSON; anything else with 404.
 *
 * ```ts
 * createServer(healthListener(pipeline)).listen(9090);
 * ```
 */
export function healthListener(
  pipeline: Pick<Pipeline, "health">,
): (request: IncomingMessage, response: ServerResponse) => void {
  return ({ url = "/", method }, response) => {
    const { live, ready, problems } = pipeline.health();
    const [path] = url.split("?");
    const isWell = path === "/livez" ? live : path === "/readyz" ? ready : undefined;
    if (isWell === undefined || (method !== "GET" && method !== "HEAD")) {
      response.writeHead(404).end();
      return;
    }
    const headers = { "content-type": "application/json", "cache-control": "no-store" };
    response.writeHead(isWell ? 200 : 503, headers).end(JSON.stringify({ live, ready, problems }));
  };
}
