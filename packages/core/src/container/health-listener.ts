import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { SynclineError } from "../model/errors.ts";
import { SecretKeeper, type SecretSource } from "../transport-kit/secrets.ts";
import type { Pipeline } from "./pipeline.ts";

export interface HealthListenerOptions {
  /**
   * Whoever sends `Authorization: Bearer <token>` gets the problems as well: names of strategies
   * and downstreams, and why they do not work. Without it nobody does. At least 16 characters;
   * `env:NAME`, `file:/path` or a function too.
   */
  readonly token?: SecretSource;
}

/** A shorter one can be guessed by whoever may ask often. */
const shortestToken = 16;

/**
 * Answers `GET /livez` and `GET /readyz` with 200 or 503 and `live` and `ready`, as JSON, to
 * whoever has the token with all that is not well; anything else with 404.
 *
 * ```ts
 * createServer(healthListener(pipeline, { token: "env:HEALTH_TOKEN" })).listen(9090);
 * ```
 */
export function healthListener(
  pipeline: Pick<Pipeline, "health">,
  { token }: HealthListenerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const knows = token === undefined ? async () => false : tokenCheck(token);
  return ({ url = "/", method, headers: { authorization } }, response) => {
    const { live, ready, problems } = pipeline.health();
    const [path] = url.split("?");
    const isWell = path === "/livez" ? live : path === "/readyz" ? ready : undefined;
    if (isWell === undefined || (method !== "GET" && method !== "HEAD")) {
      response.writeHead(404).end();
      return;
    }
    const headers = { "content-type": "application/json", "cache-control": "no-store" };
    const answer = (isKnown: boolean) =>
      response
        .writeHead(isWell ? 200 : 503, headers)
        .end(JSON.stringify({ live, ready, ...(isKnown && { problems }) }));
    if (authorization === undefined) answer(false);
    else knows(authorization).then(answer, () => answer(false));
  };
}

/** In a time that does not depend on how much of the token is right: digests are compared. */
function tokenCheck(source: SecretSource): (authorization: string) => Promise<boolean> {
  if (source === "" || (typeof source === "string" && !/^(env|file):/.test(source) && source.length < shortestToken)) {
    const problems = [{ at: "token", message: `It must have at least ${shortestToken} characters.` }];
    throw new SynclineError("config.invalid", "The options of healthListener() are not usable.", { problems });
  }
  const keeper = new SecretKeeper();
  return async (authorization) => {
    const token = (await keeper.resolve(source)).reveal();
    const given = /^bearer +(\S+)$/i.exec(authorization)?.[1];
    return given !== undefined && token.length >= shortestToken && timingSafeEqual(digest(given), digest(token));
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
