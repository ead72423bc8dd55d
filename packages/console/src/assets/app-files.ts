import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { digest } from "../access/digests.ts";

export interface AppFile {
  readonly type: string;
  readonly content: Buffer;
  readonly etag: string;
}

export type AppFiles = ReadonlyMap<string, AppFile>;

const types: { readonly [name: string]: string } = {
  "index.html": "text/html; charset=utf-8",
  "app.js": "text/javascript; charset=utf-8",
  "app.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

/** In the built package the bundle lies beside this code; from sources it is made when first asked for. */
const isBuilt = !import.meta.url.endsWith(".ts");

export async function loadAppFiles(): Promise<AppFiles> {
  const contents = isBuilt ? await built() : await bundled();
  return new Map(
    Object.entries(types).map(([name, type]) => {
      const content = contents(name);
      return [name, { type, content, etag: `"${digest(content.toString("latin1")).toString("base64url")}"` }];
    }),
  );
}

async function built(): Promise<(name: string) => Buffer> {
  const read = async (name: string) => [name, await readFile(new URL(`./app/${name}`, import.meta.url))] as const;
  const files = new Map(await Promise.all(Object.keys(types).map(read)));
  return (name) => files.get(name) ?? Buffer.alloc(0);
}

async function bundled(): Promise<(name: string) => Buffer> {
  const bundler = new URL("../../../../tools/console-app.ts", import.meta.url).href;
  const { bundleConsoleApp } = (await import(bundler)) as {
    bundleConsoleApp: () => Promise<ReadonlyMap<string, Buffer>>;
  };
  const files = await bundleConsoleApp();
  return (name) => files.get(name) ?? Buffer.alloc(0);
}

/** Kept by browsers, and asked about each time: the name stays, the content changes with the version. */
export function sendFile(request: IncomingMessage, response: ServerResponse, { type, content, etag }: AppFile): void {
  response.setHeader("etag", etag);
  response.setHeader("cache-control", "no-cache");
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { "content-type": type, "content-length": content.length });
  response.end(request.method === "HEAD" ? undefined : content);
}
