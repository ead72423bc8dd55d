import type { IncomingMessage, ServerResponse } from "node:http";
import type { Pipeline } from "@syncline/core";
import { BacklogFigures, type BacklogOptions } from "./metrics/backlog-figures.ts";
import { expose } from "./metrics/prometheus-text.ts";
import { stateMetrics } from "./metrics/state-metrics.ts";
import { WorkMetrics } from "./metrics/work-metrics.ts";

export interface PrometheusOptions {
  /**
   * What waits in the database, asked at a scrape. `false`: never; then have one worker ask, or
   * look at `status()`.
   */
  readonly backlog?: BacklogOptions | false;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Answers `GET /metrics` with what the pipeline does and what waits in its database, for
 * Prometheus; anything else with 404. It counts from now on. No keys, no content, no messages.
 *
 * Who may ask is the server's to decide: listen on an address that only Prometheus reaches.
 *
 * ```ts
 * createServer(prometheus(pipeline)).listen(9464, "127.0.0.1");
 * ```
 */
export function prometheus(
  pipeline: Pick<Pipeline, "health" | "lanes" | "observe" | "on" | "status">,
  options: PrometheusOptions = {},
): Handler {
  const work = new WorkMetrics();
  work.watch(pipeline);
  const { backlog } = options;
  const figures = backlog === false ? undefined : new BacklogFigures(() => pipeline.status(), backlog);
  const answer = async ({ headers: { accept = "" } }: IncomingMessage, response: ServerResponse) => {
    const known = await figures?.read();
    const format = accept.includes("application/openmetrics-text") ? "openmetrics" : "text";
    const { contentType, body } = await expose([...work.all, ...stateMetrics(pipeline, known)], format);
    response.writeHead(200, { "content-type": contentType, "cache-control": "no-store" }).end(body);
  };
  return (request, response) => {
    const { method, url = "/" } = request;
    if ((method !== "GET" && method !== "HEAD") || url.split("?", 1)[0] !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    answer(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };
}
