import type { ActionDocument, ErrorDocument, SessionDocument } from "../src/api/shapes.ts";

/** An answer that is none. `status` 0: nothing came. */
export class Unanswered extends Error {
  override readonly name = "Unanswered";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export async function get<Document>(path: string, signal?: AbortSignal): Promise<Document> {
  return await ask<Document>(path, { ...(signal === undefined ? {} : { signal }) });
}

export async function post<Document>(path: string, body: object, proof: string | null): Promise<Document> {
  const headers = { "content-type": "application/json", ...(proof === null ? {} : { "x-syncline-proof": proof }) };
  return await ask<Document>(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** One database's part of the API, with the page's proof. */
export class Client {
  readonly session: SessionDocument;
  readonly #base: string;

  constructor(session: SessionDocument, pipeline: string) {
    this.session = session;
    this.#base = `pipelines/${encodeURIComponent(pipeline)}`;
  }

  get isOperator(): boolean {
    return this.session.role === "operator";
  }

  async get<Document>(path: string, signal?: AbortSignal): Promise<Document> {
    return await get<Document>(`${this.#base}/${path}`, signal);
  }

  async post<Document>(path: string, body: object): Promise<Document> {
    return await post<Document>(`${this.#base}/${path}`, body, this.session.proof);
  }

  async act(action: string, body: object): Promise<ActionDocument> {
    return await this.post<ActionDocument>(`actions/${action}`, body);
  }
}

async function ask<Document>(path: string, init: RequestInit): Promise<Document> {
  let response: Response;
  try {
    response = await fetch(`api/v1/${path}`, { ...init, credentials: "same-origin" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unanswered(0, "network", "The console does not answer. Is its process still running?");
  }
  const document = (await response.json().catch(() => undefined)) as Document | ErrorDocument | undefined;
  if (response.ok && document !== undefined) return document as Document;
  const told = (document as ErrorDocument | undefined)?.error;
  throw new Unanswered(response.status, told?.code ?? "http", told?.message ?? `Answered with ${response.status}.`);
}
