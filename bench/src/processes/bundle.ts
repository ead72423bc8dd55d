import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "tsup";

export type Entry = "sink" | "syncline-worker" | "producer" | "record-cost" | "limit" | "hand-written" | "late-query";

export interface Bundle extends AsyncDisposable {
  readonly file: (entry: Entry) => string;
}

/**
 * The measured processes run plain JavaScript, as an application would: a loader that compiles on the fly wraps every
 * inner function to keep its name, which costs at each call. In a folder of its own, so that two runs do not collide.
 */
export async function bundle(): Promise<Bundle> {
  const root = join(import.meta.dirname, "..", "..");
  const results = join(root, "results");
  await mkdir(results, { recursive: true });
  const folder = await mkdtemp(join(results, "build-"));
  await build({
    config: false,
    silent: true,
    entry: {
      sink: join(root, "src/sink/sink.ts"),
      "syncline-worker": join(root, "src/workers/syncline-worker.ts"),
      producer: join(root, "src/workers/producer.ts"),
      "record-cost": join(root, "src/workers/record-cost.ts"),
      limit: join(root, "src/workers/limit.ts"),
      "late-query": join(root, "src/workers/late-query.ts"),
      "hand-written": join(root, "src/workers/hand-written.ts"),
    },
    outDir: folder,
    format: "esm",
    target: "node20",
    platform: "node",
    skipNodeModulesBundle: true,
    noExternal: [/^@syncline\//],
    outExtension: () => ({ js: ".mjs" }),
    esbuildOptions: (options) => {
      options.conditions = ["@syncline/source", "module"];
    },
  });
  return {
    file: (entry) => join(folder, `${entry}.mjs`),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
