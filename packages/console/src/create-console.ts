import type { IncomingMessage, ServerResponse } from "node:http";
import { demandProof, demandRole, Gatekeeper } from "./access/gatekeeper.ts";
import { acting } from "./api/acting.ts";
import { audit } from "./api/audit.ts";
import { callRoutes } from "./api/calls.ts";
import { deadLetters } from "./api/dead-letters.ts";
import { keys, rowRoutes } from "./api/keys.ts";
import { decoded, findRoute, type Route } from "./api/route.ts";
import { seeing } from "./api/seeing.ts";
import type { SessionDocument } from "./api/shapes.ts";
import { type AppFiles, loadAppFiles, sendFile } from "./assets/app-files.ts";
import { Watched } from "./database/watched.ts";
import { answer, refuse } from "./http/answers.ts";
import { bodyOf } from "./http/body.ts";
import { setSession } from "./http/cookies.ts";
import { refuseUnknown, textOf } from "./http/fields.ts";
import { secure } from "./http/headers.ts";
import { Refusal, refusalOf } from "./http/refusal.ts";
import { demandSameOrigin } from "./http/same-origin.ts";
import { type Listening, type ListenOptions, listen } from "./listen.ts";
import { type ConsoleOptions, refuseConsoleOptions } from "./options.ts";

export type { Listening, ListenOptions } from "./listen.ts";

export interface Console {
  /**
   * For `http.createServer`, Express and Nest (`app.use("/ops", console)`), and whatever hands on
   * Node's request and response. What is not the console's goes to `next`, or is answered with 404.
   */
  (request: IncomingMessage, response: ServerResponse, next?: () => void): void;
  /** On a port of its own. Errors: as `server.listen`. */
  listen(options: ListenOptions): Promise<Listening>;
  /** Listens to the pipelines no longer, and ends what `listen` has begun. The pipelines go on. */
  close(): Promise<void>;
}

/** Errors: `config.invalid`. */
export function createConsole(options: ConsoleOptions): Console {
  refuseConsoleOptions(options);
  const server = new ConsoleServer(options);
  const listening = new Set<Listening>();
  const handler = (request: IncomingMessage, response: ServerResponse, next?: () => void): void =>
    void server.handle(request, response, next);
  return Object.assign(handler, {
    listen: async (where: ListenOptions) => {
      const begun = await listen(handler, where);
      listening.add(begun);
      return begun;
    },
    close: async () => {
      server.close();
      await Promise.all([...listening].map((each) => each.close()));
    },
  });
}

const apiPrefix = "api/v1/";

class ConsoleServer {
  readonly #options: ConsoleOptions;
  readonly #gatekeeper: Gatekeeper;
  readonly #watched: ReadonlyMap<string, Watched>;
  readonly #routes: readonly Route[];
  readonly #timeoutMs: number;
  #files: Promise<AppFiles> | undefined;

  constructor(options: ConsoleOptions) {
    const {
      pipelines,
      auth,
      preview = "operator",
      refreshMs = 2_000,
      historyMs = 30_000,
      timeoutMs = 10_000,
      calls = {},
    } = options;
    this.#options = options;
    this.#timeoutMs = timeoutMs;
    this.#gatekeeper = new Gatekeeper(auth);
    this.#watched = new Map(
      Object.entries(pipelines).map(([name, pipeline]) => [
        name,
        new Watched(name, pipeline, {
          refreshMs,
          historyMs,
          timeoutMs,
          calls: Object.hasOwn(calls, name) ? calls[name] : undefined,
        }),
      ]),
    );
    this.#routes = [
      ...seeing,
      ...keys,
      ...deadLetters,
      ...audit,
      ...acting,
      ...(preview === "nobody" ? [] : [...rowRoutes(preview), ...callRoutes(preview)]),
    ];
  }

  close(): void {
    for (const watched of this.#watched.values()) watched.close();
  }

  /** Never throws, and answers always. */
  async handle(request: IncomingMessage, response: ServerResponse, next?: () => void): Promise<void> {
    try {
      const { path, query } = this.#placeOf(request);
      if (path === undefined) {
        if (next !== undefined) return next();
        throw notFound();
      }
      if (path.startsWith(apiPrefix)) await this.#api(request, response, path.slice(apiPrefix.length), query);
      else if (!(await this.#file(request, response, path))) {
        if (next !== undefined) return next();
        throw notFound();
      }
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.status === 500) this.#log("A request to the console failed.", error);
      if (!response.headersSent) secure(response);
      refuse(response, refusal);
    }
  }

  /** The path below the console's own place, without a slash in front. `undefined`: not ours. */
  #placeOf({ url = "/" }: IncomingMessage): { readonly path: string | undefined; readonly query: URLSearchParams } {
    const [whole = "/", query = ""] = url.split("?", 2);
    const { prefix = "" } = this.#options;
    const isOurs = prefix === "" || whole === prefix || whole.startsWith(`${prefix}/`);
    return {
      path: isOurs ? whole.slice(prefix.length).replace(/^\//, "") : undefined,
      query: new URLSearchParams(query),
    };
  }

  async #file(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    if (request.method !== "GET" && request.method !== "HEAD") return false;
    if (path === "" && isWithoutSlash(request)) {
      // Relative, since only the browser knows what a proxy has put in front.
      const last = pathSeen(request).split("/").at(-1);
      response.writeHead(308, { location: `${last}/`, "cache-control": "no-store" }).end();
      return true;
    }
    this.#files ??= loadAppFiles();
    const file = (await this.#files).get(path === "" ? "index.html" : path);
    if (file === undefined) return false;
    secure(response);
    sendFile(request, response, file);
    return true;
  }

  async #api(request: IncomingMessage, response: ServerResponse, path: string, query: URLSearchParams): Promise<void> {
    secure(response);
    const { method } = request;
    if (path === "login" && method === "POST") return await this.#login(request, response);
    const visitor = await this.#gatekeeper.visitor(request);
    if (method === "POST") {
      // A script that names its token was not sent here by somebody's page.
      if (visitor.proof !== undefined) demandSameOrigin(request, this.#options.origins ?? []);
      demandProof(request, visitor);
    }
    if (path === "session" && method === "GET") return answer(response, 200, this.#session(visitor));
    if (path === "logout" && method === "POST") {
      this.#gatekeeper.logout(request);
      setSession(request, response, undefined);
      return answer(response, 200, {});
    }
    const [, name = "", rest = ""] = /^pipelines\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const found = findRoute(this.#routes, rest);
    const chosen = found.find(({ route }) => route.method === method);
    const watched = this.#watched.get(decoded(name));
    if (watched === undefined || found.length === 0) throw notFound();
    if (chosen === undefined) throw new Refusal(405, "method.refused", "Not by this method.");
    demandRole(visitor, chosen.route.role);
    const fields = method === "POST" ? await bodyOf(request) : Object.fromEntries(query);
    refuseUnknown(fields, chosen.route.fields);
    const timeoutMs = this.#timeoutMs;
    const document = await chosen.route.handle({
      visitor,
      watched,
      fields,
      name: chosen.name,
      timeoutMs,
      message: request,
    });
    answer(response, 200, document);
  }

  async #login(request: IncomingMessage, response: ServerResponse): Promise<void> {
    demandSameOrigin(request, this.#options.origins ?? []);
    if (!this.#gatekeeper.hasLogin) throw notFound();
    const token = textOf(await bodyOf(request), "token", 1_000).trim();
    setSession(request, response, await this.#gatekeeper.login(token, request));
    answer(response, 200, {});
  }

  #session({ actor, role, proof }: Awaited<ReturnType<Gatekeeper["visitor"]>>): SessionDocument {
    const { preview = "operator" } = this.#options;
    const seesRows = preview === "reader" || (preview === "operator" && role === "operator");
    const looked = [...this.#watched.values()].filter(({ calls }) => calls !== undefined);
    return {
      actor,
      role,
      proof: proof ?? null,
      preview: seesRows,
      logout: this.#gatekeeper.hasLogin,
      pipelines: [...this.#watched.keys()],
      calls: seesRows ? looked.map(({ name }) => name) : [],
    };
  }

  #log(message: string, error: unknown): void {
    const { log } = this.#options;
    if (log === undefined) console.error(message, error);
    else log.error({ error }, message);
  }
}

function notFound(): Refusal {
  return new Refusal(404, "not-found", "There is nothing here.");
}

/** As the browser has it: Express keeps the whole of it where it takes a prefix away. */
function pathSeen(request: IncomingMessage): string {
  const { originalUrl } = request as { originalUrl?: unknown };
  return (typeof originalUrl === "string" ? originalUrl : (request.url ?? "/")).split("?", 1)[0] ?? "/";
}

function isWithoutSlash(request: IncomingMessage): boolean {
  return !pathSeen(request).endsWith("/");
}
