import type { IncomingMessage } from "node:http";
import type { Role } from "../access/authentication.ts";
import type { Visitor } from "../access/gatekeeper.ts";
import type { Watched } from "../database/watched.ts";
import type { Fields } from "../http/fields.ts";

/** What a handler gets. */
export interface Request {
  readonly visitor: Visitor;
  readonly watched: Watched;
  /** Of the query, or of the body of a POST. */
  readonly fields: Fields;
  /** The place in the path that the route calls `:name`. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly message: IncomingMessage;
}

/** `GET` reads. `POST` has a JSON body and needs the page's proof. */
export interface Route {
  readonly method: "GET" | "POST";
  /** Below `/api/v1/pipelines/<pipeline>/`. */
  readonly path: string;
  readonly role: Role;
  /** Fields that the query or the body may have. */
  readonly fields: readonly string[];
  readonly handle: (request: Request) => Promise<unknown>;
}

/** The route, and what stands for its `:name`. */
export function findRoute(
  routes: readonly Route[],
  path: string,
): readonly { readonly route: Route; readonly name: string }[] {
  return routes.flatMap((route) => {
    if (!route.path.endsWith("/:name")) return route.path === path ? [{ route, name: "" }] : [];
    const start = route.path.slice(0, -":name".length);
    const rest = path.startsWith(start) ? path.slice(start.length) : "";
    return rest === "" || rest.includes("/") ? [] : [{ route, name: decoded(rest) }];
  });
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
