import type { ServerResponse } from "node:http";
import type { DownstreamAct, RefusalKind } from "./downstream-control.ts";
import type { HttpReceivedCall } from "./received-over-http.ts";

/** What an HTTP downstream can do beside what any can: answer with these very words. */
export type HttpAct =
  | DownstreamAct
  | {
      readonly act: "answer";
      readonly status: number;
      readonly headers?: { readonly [name: string]: string };
      /** Printed as JSON. */
      readonly body?: unknown;
      /** Whether the items are taken; a list: these, by position. Default: those of a 2xx answer. */
      readonly keep?: boolean | readonly number[];
    };

const statusOf: { readonly [kind in RefusalKind]: number } = {
  rejected: 422,
  unauthorized: 401,
  misconfigured: 404,
  "too-large": 413,
  transient: 500,
  unavailable: 503,
};

/** Which of a call's items are taken by an act, by position. */
export function itemsTaken(act: HttpAct, count: number): readonly number[] {
  const all = Array.from({ length: count }, (_, index) => index);
  switch (act.act) {
    case "accept":
      return Array.from({ length: act.times ?? 1 }, () => all).flat();
    case "refuse-items":
      return all.filter((index) => !act.indices.includes(index));
    case "hang":
    case "cut":
      return act.keep === true ? all : [];
    case "answer": {
      const keep = act.keep ?? (act.status >= 200 && act.status < 300);
      if (typeof keep === "boolean") return keep ? all : [];
      return keep;
    }
    case "trickle":
    case "giant":
      return all;
    default:
      return [];
  }
}

/** Where a downstream's answer goes, and what it tells of it. */
export interface Stage {
  readonly call: HttpReceivedCall;
  readonly response: ServerResponse;
  /** The address of `divert`. */
  readonly elsewhere: string;
  readonly wrote: (bytes: number) => void;
}

export function perform(act: HttpAct, stage: Stage): void {
  const { response, call } = stage;
  switch (act.act) {
    case "accept":
      answer(response, 200, {});
      break;
    case "refuse":
      answer(response, statusOf[act.kind], { error: act.echo === true ? echoOf(call) : "refused" });
      break;
    case "throttle":
      answer(response, 429, {}, { "retry-after": String(Math.ceil(act.retryAfterMs / 1_000)) });
      break;
    case "refuse-items": {
      const errors = act.indices.map((index) => ({ index, code: "REFUSED", message: "refused" }));
      answer(response, 200, { errors });
      break;
    }
    case "hang":
      break;
    case "cut":
      if (act.when !== "while-answering") response.destroy();
      else {
        response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
        response.write("{", () => response.destroy());
      }
      break;
    case "trickle":
      trickle(response);
      break;
    case "giant":
      giant(stage, act.bytes);
      break;
    case "garble":
      response.socket?.end("200 quite fine, and this is no HTTP\r\n\r\n{}");
      break;
    case "divert":
      answer(response, 302, {}, { location: stage.elsewhere });
      break;
    case "answer":
      answer(response, act.status, act.body ?? {}, act.headers);
      break;
  }
}

function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: { readonly [name: string]: string } = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** Credentials first: words from outside are cut, and what was cut off proves nothing. */
function echoOf(call: HttpReceivedCall): string {
  const isCredential = (name: string) => /auth|key|token/i.test(name) && name !== "idempotency-key";
  const headers = Object.entries(call.headers).map(([name, value]) => [name, String(value)] as const);
  const credentials = headers.filter(([name]) => isCredential(name));
  const others = headers.filter(([name]) => !isCredential(name));
  const text = [...credentials, ...others].map(([name, value]) => `${name}: ${value}`).join(" ");
  return `refused: ${text} ${call.method} ${call.path} ${call.text}`;
}

function trickle(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 10);
  response.on("close", () => clearInterval(timer));
}

const chunk = Buffer.alloc(65_536, " ");

function giant({ response, wrote }: Stage, bytes: number): void {
  response.writeHead(200, { "content-type": "application/json" });
  let left = bytes;
  const proceed = () => {
    while (left > 0 && !response.destroyed) {
      const part = left < chunk.length ? chunk.subarray(0, left) : chunk;
      left -= part.length;
      wrote(part.length);
      if (!response.write(part)) return;
    }
    if (left === 0) response.end("{}");
  };
  response.on("drain", proceed);
  proceed();
}
