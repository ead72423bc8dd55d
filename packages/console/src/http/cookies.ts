import type { IncomingMessage, ServerResponse } from "node:http";

const name = "syncline_console";

export function sessionOf({ headers }: IncomingMessage): string | undefined {
  for (const pair of headers.cookie?.split(";") ?? []) {
    const [key, value] = pair.trim().split("=", 2);
    if (key === name && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}

/**
 * Without a path: the browser then sends it to the folder of the login alone, whatever prefix a
 * proxy has put in front. Whether the browser speaks TLS is said by the login's origin.
 */
export function setSession(request: IncomingMessage, response: ServerResponse, id: string | undefined): void {
  const isSecure = request.headers.origin?.startsWith("https:") === true;
  const parts = [`${name}=${id ?? ""}`, "HttpOnly", "SameSite=Strict", ...(isSecure ? ["Secure"] : [])];
  response.setHeader("set-cookie", [...parts, ...(id === undefined ? ["Max-Age=0"] : [])].join("; "));
}
