import { type LoadedStrategies, type Problem, type StrategyStore, SynclineError } from "@syncline/core/spi";
import { kindsIn } from "./folder.ts";
import { type FilesOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { FolderReader, type ReadAll } from "./read-all.ts";
import { Taken } from "./taken.ts";
import { lookAgain } from "./watch.ts";

/**
 * Strategies of `<directory>/strategies` and categories of `<directory>/categories`, one in each
 * document of the `.yaml`, `.yml` and `.json` files there, in force as they are written: an option
 * `stores` of `createPipeline`. No I/O before the pipeline asks.
 *
 * While workers run, what cannot be read stays in force as it was, and is told of with file, line
 * and column. At a start, a file that cannot be read as a whole stops it: nobody knows whose keys
 * would be lost.
 *
 * Errors of `load`: `config.invalid` where there is no such folder, `strategy.invalid` with every
 * problem of files that cannot be read.
 */
export function files(directory: string, options: FilesOptions = {}): StrategyStore {
  return new FileStore(directory, resolveOptions(options));
}

class FileStore implements StrategyStore {
  readonly #directory: string;
  readonly #options: ResolvedOptions;
  readonly #reader: FolderReader;
  readonly #taken = new Taken();
  readonly #listeners = new Set<() => void>();
  #print: string | undefined;
  #pending: { readonly print: string; readonly since: number } | undefined;
  #first: Promise<void> | undefined;
  #stop: (() => void) | undefined;

  constructor(directory: string, options: ResolvedOptions) {
    this.#directory = directory;
    this.#options = options;
    this.#reader = new FolderReader(directory, options.env);
  }

  async load(signal: AbortSignal): Promise<LoadedStrategies> {
    if (signal.aborted) throw new SynclineError("operation.aborted", "The files were not read in time.");
    if (this.#taken.loaded === undefined) await this.#begun();
    else if (this.#stop === undefined) await this.#look(0);
    return this.#taken.loaded as LoadedStrategies;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#stop ??= lookAgain(this.#directory, this.#options.pollMs, () => this.#look());
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  #begun(): Promise<void> {
    this.#first ??= this.#begin().finally(() => {
      this.#first = undefined;
    });
    return this.#first;
  }

  async #begin(): Promise<void> {
    const read = await this.#readTwice();
    const wrong = read.files.flatMap(({ problems }) => problems);
    if (wrong.length > 0)
      throw new SynclineError("strategy.invalid", `Files of ${this.#directory} cannot be read.`, { problems: wrong });
    this.#accept(read);
  }

  /** Until two looks see the same: what a deployment is writing is not taken half. */
  async #readTwice(): Promise<ReadAll> {
    try {
      if ((await kindsIn(this.#directory)).length === 0)
        throw missing(`There is neither ${this.#directory}/strategies nor ${this.#directory}/categories.`);
      let read = await this.#reader.read();
      for (let turn = 1; turn <= 10; turn += 1) {
        const again = await this.#reader.read();
        if (again.print === read.print) break;
        read = again;
      }
      return read;
    } catch (error) {
      if (error instanceof SynclineError) throw error;
      throw missing(unreadable(this.#directory, error));
    }
  }

  /** Returns when to look again, if that is soon. */
  async #look(settleMs = this.#options.settleMs): Promise<number | undefined> {
    if (this.#taken.loaded === undefined) {
      // Whoever asks is told of what is wrong; here, only what is new is told.
      await this.#begun().then(
        () => this.#tell(),
        () => {},
      );
      return undefined;
    }
    let read: ReadAll | Problem;
    try {
      read = await this.#reader.read();
      if (read.files.length === 0 && hadFiles(this.#taken.loaded)) read = emptied(this.#directory);
    } catch (error) {
      read = { at: this.#directory, message: unreadable(this.#directory, error) };
    }
    const print = "print" in read ? read.print : read.message;
    if (print === this.#print) {
      this.#pending = undefined;
      return undefined;
    }
    const now = performance.now();
    if (this.#pending?.print !== print) this.#pending = { print, since: now };
    const left = this.#pending.since + settleMs - now;
    if (left > 0) return left;
    this.#pending = undefined;
    if ("print" in read) this.#accept(read);
    else {
      this.#print = print;
      this.#taken.doubt(read);
    }
    this.#tell();
    return undefined;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #accept(read: ReadAll): void {
    this.#print = read.print;
    this.#taken.take(read);
  }
}

function hadFiles({ strategies, categories = [] }: LoadedStrategies): boolean {
  return strategies.length + categories.length > 0;
}

function missing(message: string): SynclineError {
  return new SynclineError("config.invalid", "The files of strategies cannot be read.", {
    problems: [{ at: "files", message }],
  });
}

function unreadable(directory: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return `${directory} cannot be read (${code ?? message}).`;
}

function emptied(directory: string): Problem {
  const message =
    "No file is left, which is no answer: a file system that is not mounted looks the same. What was in force goes on. " +
    "If this is meant, start the workers again.";
  return { at: directory, message };
}
