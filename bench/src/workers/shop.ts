import { join } from "node:path";
import {
  adaptiveSchedule,
  category,
  createPipeline,
  type Pipeline,
  type StrategyInCode,
  strategy,
} from "@syncline/core";
import type { Transport } from "@syncline/core/spi";
import { http } from "@syncline/http";
import { type PgTransaction, postgres } from "@syncline/postgres";
import { atOnce } from "./at-once.ts";

export const item = category("item", { id: "integer" });
/** Nothing is recorded of it but beside a flood. */
export const other = category("other", { id: "integer" });

/** One contender's settings, as they are sent to its process. */
export interface SynclineSettings {
  readonly databaseUrl: string;
  readonly sinkUrl: string;
  /** `none` calls nobody. */
  readonly engine: "undici" | "node" | "none";
  readonly strategies: number;
  readonly batch: number;
  readonly concurrency: number;
  /** LISTEN/NOTIFY instead of polling alone. */
  readonly notify: boolean;
  readonly shape?: keyof typeof shapes;
  /** Strategies of another category, which no change is for. */
  readonly bystanders?: number;
  /**
   * The backlog is one of deliveries that are due, as after a restart or a requeue, and not of
   * changes. One strategy.
   */
  readonly dispatched?: boolean;
  readonly transport?: "http" | "grpc" | "grpc-stream" | "soap";
  readonly grpcPort?: number;
  /** Where `items.proto` and `items.wsdl` are. */
  readonly schemaFolder?: string;
  /** A poll at least this often where nothing happens; the default schedule without it. */
  readonly restMs?: number;
}

/** Used by every contender: the same row, by its key. */
export const columns = "id, name, quantity, price, updated_at";

/** What is read for a key, and the tables that it takes beside `item`. */
export const shapes = {
  plain: { tables: [], query: `SELECT ${columns} FROM item WHERE id = :id`, rows: "one" },
  wide: {
    tables: [
      `CREATE TABLE wide AS SELECT id, ${Array.from({ length: 99 }, (_, index) => `repeat(md5((id + ${index})::text), 3) AS c${index}`).join(", ")} FROM item`,
      "ALTER TABLE wide ADD PRIMARY KEY (id)",
    ],
    query: "SELECT * FROM wide WHERE id = :id",
    rows: "one",
  },
  joined: {
    tables: [
      "CREATE TABLE maker AS SELECT n AS number, 'Maker ' || n AS name FROM generate_series(1, 100) AS n",
      "ALTER TABLE maker ADD PRIMARY KEY (number)",
      "CREATE TABLE shelf AS SELECT n AS number, 'Shelf ' || n AS place FROM generate_series(1, 1000) AS n",
      "ALTER TABLE shelf ADD PRIMARY KEY (number)",
      "CREATE TABLE movement AS SELECT id AS item, n, (id + n) % 50 AS pieces FROM item, generate_series(1, 5) AS n",
      "CREATE INDEX ON movement (item)",
    ],
    query: `SELECT i.id, i.name, i.price, m.name AS maker, s.place, sum(v.pieces) AS pieces, count(*) AS movements
      FROM item i JOIN maker m ON m.number = 1 + i.id % 100 JOIN shelf s ON s.number = 1 + i.id % 1000
      JOIN movement v ON v.item = i.id WHERE i.id = :id GROUP BY i.id, m.name, s.place`,
    rows: "one",
  },
  many: {
    tables: [
      "CREATE TABLE line AS SELECT i.id AS item, n, 'Line ' || n || ' of this item' AS note FROM item i, generate_series(1, 20) AS n",
      "CREATE INDEX ON line (item)",
    ],
    query: "SELECT item AS id, n, note FROM line WHERE item = :id ORDER BY n",
    rows: "many",
  },
} as const;

export const matchingName = (index: number) => `items-${index}`;

export async function pipelineOf(settings: SynclineSettings): Promise<Pipeline<PgTransaction>> {
  const { databaseUrl, strategies, notify, bystanders = 0, restMs } = settings;
  const { query, rows } = shapes[settings.shape ?? "plain"];
  const common = { query, downstream: "sink", whenAbsent: "skip", rows } as const;
  const { batch, concurrency } = settings;
  const matching = Array.from({ length: strategies }, (_, index) =>
    strategy(matchingName(index), { ...common, ...sending(settings, index), category: item, batch, concurrency }),
  );
  const idle: readonly StrategyInCode[] = Array.from({ length: bystanders }, (_, index) =>
    strategy(`others-${index}`, { ...common, ...sending(settings, index), category: other, batch, concurrency }),
  );
  return createPipeline({
    database: postgres({ connectionString: databaseUrl, ...(notify ? { wakeUp: { notify } } : {}) }),
    categories: [item, other],
    strategies: [...matching, ...idle],
    downstreams: { sink: await transportOf(settings) },
    ...(restMs === undefined ? {} : { schedule: adaptiveSchedule({ maxMs: restMs }) }),
  });
}

function sending({ transport, batch }: SynclineSettings, index: number) {
  switch (transport) {
    case "grpc":
      return batch === 1
        ? { path: "bench.v1.Items/Put" }
        : { path: "bench.v1.Items/PutAll", options: { list: "items" } };
    case "grpc-stream":
      return { path: "bench.v1.Items/Stream" };
    case "soap":
      return batch === 1 ? { path: "Put" } : { path: "PutAll", options: { list: "item" } };
    default:
      return { path: `/${index}` };
  }
}

/** What is not used is not loaded: it would count as start-up, and as memory. */
async function transportOf({
  engine,
  sinkUrl,
  transport = "http",
  grpcPort,
  schemaFolder = "",
}: SynclineSettings): Promise<Transport> {
  if (engine === "none") return atOnce();
  if (transport === "soap") {
    const { soap } = await import("@syncline/soap");
    return soap({ wsdl: join(schemaFolder, "items.wsdl"), endpoint: `${sinkUrl}/soap` });
  }
  if (transport === "http") return http({ baseUrl: sinkUrl, engine });
  const { grpc } = await import("@syncline/grpc");
  const schema = { proto: join(schemaFolder, "items.proto") };
  return grpc({ address: `127.0.0.1:${grpcPort}`, plaintext: true, schema });
}
