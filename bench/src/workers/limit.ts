import net from "node:net";
import pg from "pg";
import { Pool } from "undici";
import { serve } from "../processes/serve.ts";
import { columns } from "./shop.ts";

/** What bounds a pipeline from below: one part of its work, and nothing else. */
export interface LimitSettings {
  readonly kind: "sockets" | "undici" | "set-read" | "copy";
  readonly databaseUrl: string;
  readonly sinkUrl: string;
  readonly rows: number;
  /** Rows per call, or per statement. */
  readonly batch: number;
  readonly concurrency: number;
}

let work: () => Promise<void> = async () => {};
let close: () => Promise<unknown> = async () => {};

serve({
  setUp: () => {},
  async prepare({ settings }: { readonly settings: LimitSettings }) {
    if (settings.kind === "undici") await prepareUndici(settings);
    else if (settings.kind === "sockets") prepareSockets(settings);
    else await prepareRead(settings);
  },
  // Answered at once, as a pipeline's start is; what is read has come when this resolves.
  go: () => {
    void work();
  },
  done: () => work(),
  stop: () => close(),
});

/** As long as a row of the shop as JSON, made before the clock runs. */
function bodies({ rows, batch }: LimitSettings): readonly string[] {
  const row = (id: number) =>
    `{"id":${id},"name":"An item whose name is of middling length, number ${id}","quantity":${id % 100},"price":"${(id % 10_000) / 100}","updated_at":"2026-01-01T00:00:00.000Z"}`;
  if (batch === 1) return Array.from({ length: rows }, (_, index) => row(index + 1));
  return Array.from({ length: Math.ceil(rows / batch) }, (_, call) => {
    const size = Math.min(batch, rows - call * batch);
    return `[${Array.from({ length: size }, (_, index) => row(call * batch + index + 1)).join(",")}]`;
  });
}

async function prepareUndici(settings: LimitSettings): Promise<void> {
  const pool = new Pool(settings.sinkUrl, { connections: settings.concurrency });
  const texts = bodies(settings);
  let next = 0;
  const lane = async () => {
    for (let body = texts[next++]; body !== undefined; body = texts[next++]) {
      const headers = { "content-type": "application/json" };
      const answer = await pool.request({ path: "/0", method: "POST", headers, body });
      await answer.body.dump();
    }
  };
  work = async () => {
    await Promise.all(Array.from({ length: settings.concurrency }, lane));
  };
  close = () => pool.close();
}

/** The least that a call can be: text on a socket, and the answer's end awaited. */
function prepareSockets(settings: LimitSettings): void {
  const { hostname, port } = new URL(settings.sinkUrl);
  const texts = bodies(settings);
  let next = 0;
  const sockets: net.Socket[] = [];
  const lane = () =>
    new Promise<void>((resolve, reject) => {
      const socket = net.connect(Number(port), hostname);
      sockets.push(socket);
      socket.setNoDelay(true);
      const send = () => {
        const body = texts[next++];
        if (body === undefined) return resolve();
        const length = Buffer.byteLength(body);
        socket.write(
          `POST /0 HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`,
        );
      };
      // The sink's answer is far smaller than a packet, and ends with its body.
      socket.on("data", (chunk) => {
        if (chunk.subarray(-2).toString("latin1") === "{}") send();
      });
      socket.on("connect", send).on("error", reject);
    });
  work = async () => {
    await Promise.all(Array.from({ length: settings.concurrency }, lane));
  };
  close = async () => {
    for (const socket of sockets) socket.destroy();
  };
}

async function prepareRead({ kind, databaseUrl, rows, batch }: LimitSettings): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const text = `SELECT ${columns} FROM item WHERE id = ANY($1)`;
  work =
    kind === "copy"
      ? () => copyOut(client, `COPY (SELECT ${columns} FROM item) TO STDOUT`)
      : async () => {
          for (let from = 1; from <= rows; from += batch) {
            const ids = Array.from({ length: Math.min(batch, rows + 1 - from) }, (_, index) => from + index);
            await client.query({ name: "read", text, values: [ids] });
          }
        };
  close = () => client.end();
}

/** pg hands rows of a COPY to whoever has submitted it, and looks at none of them. */
function copyOut(client: pg.Client, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query({
      submit: (connection: pg.Connection) => connection.query(text),
      handleRowDescription: () => {},
      handleDataRow: () => {},
      handleCopyData: () => {},
      handleCommandComplete: () => {},
      handlePortalSuspended: () => {},
      handleEmptyQuery: () => {},
      handleReadyForQuery: () => resolve(),
      handleError: reject,
    } as unknown as pg.Submittable);
  });
}
