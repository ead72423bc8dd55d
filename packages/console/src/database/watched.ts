import type { DeadLetterCause } from "@syncline/core/spi";
import type { CallSource } from "../calls.ts";
import type { ConsolePipeline } from "../options.ts";
import { Gate } from "./gate.ts";
import { History } from "./history.ts";
import { News } from "./news.ts";
import type { Look } from "./overview.ts";
import { SharedRead } from "./shared-read.ts";

export interface WatchOptions {
  readonly refreshMs: number;
  readonly historyMs: number;
  readonly timeoutMs: number;
  readonly calls: CallSource | undefined;
}

/** Beside the shared reads. Few, since they take connections that claims want. */
const mostReads = 2;
const mostActions = 2;

/** One pipeline, and what the console knows of it. */
export class Watched {
  readonly name: string;
  readonly pipeline: ConsolePipeline;
  readonly calls: CallSource | undefined;
  readonly history: History;
  readonly news: News;
  readonly look: SharedRead<Look>;
  readonly causes: SharedRead<readonly DeadLetterCause[]>;
  readonly reads = new Gate(mostReads);
  readonly actions = new Gate(mostActions);
  readonly #timer: NodeJS.Timeout;

  constructor(name: string, pipeline: ConsolePipeline, { refreshMs, historyMs, timeoutMs, calls }: WatchOptions) {
    this.name = name;
    this.pipeline = pipeline;
    this.calls = calls;
    this.history = new History(historyMs);
    this.news = new News(pipeline, this.history);
    this.look = new SharedRead(() => this.#look(), refreshMs);
    this.causes = new SharedRead(() => pipeline.deadLetters.causes(), refreshMs);
    // History goes on while nobody looks. A read that fails leaves a gap in it.
    this.#timer = setInterval(() => this.look.get(timeoutMs).catch(() => {}), historyMs);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.news.close();
  }

  async #look(): Promise<Look> {
    // One after the other: the console takes no more connections than it must.
    const status = await this.pipeline.status();
    const look: Look = await this.pipeline.strategies().then(
      (strategies) => ({ status, strategies, unloaded: undefined }),
      (unloaded: unknown) => ({ status, strategies: undefined, unloaded }),
    );
    this.#remember(look);
    return look;
  }

  /** What has no delivery waits for nothing; what no worker counts is not known. */
  #remember({ status, strategies = [] }: Look): void {
    const backlogs = new Map(status.strategies.map((each) => [each.strategy, each]));
    const names = new Set([...strategies.map(({ name }) => name), ...backlogs.keys()]);
    const isWorking = this.pipeline.health().ready;
    this.history.keep(names);
    for (const name of names) {
      const backlog = backlogs.get(name);
      this.history.set(name, "ageMs", backlog?.oldestAgeMs ?? 0);
      this.history.set(name, "waiting", (backlog?.due ?? 0) + (backlog?.waiting ?? 0) + (backlog?.leased ?? 0));
      if (!isWorking) continue;
      this.history.add(name, "delivered", 0);
      this.history.add(name, "failed", 0);
    }
  }
}
