import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { SessionDocument } from "../api/shapes.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly document: Record<string, never>;
}

/** Asks as a page of the console does: with its cookie, its origin and its proof. */
export class BrowserLike {
  readonly url: string;
  #cookie = "";
  #proof = "";

  constructor(url: string) {
    this.url = url;
  }

  get cookie(): string {
    return this.#cookie;
  }

  async login(token: string): Promise<Answer> {
    const answer = await this.post("login", { token });
    this.#cookie = (answer.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
    const session = await this.get("session");
    this.#proof = (session.document as unknown as SessionDocument).proof ?? "";
    return answer;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return await ask(`${this.url}api/v1/${path}`, { headers: { cookie: this.#cookie, ...headers } });
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return await ask(`${this.url}api/v1/${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        origin: new URL(this.url).origin,
        cookie: this.#cookie,
        "x-syncline-proof": this.#proof,
        ...headers,
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  }
}

async function ask(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const document = await response.json().catch(() => ({}));
  return { status: response.status, headers: response.headers, document: document as Record<string, never> };
}

/** A server that is closed with `await using`. */
export async function serve(handler: RequestListener) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
