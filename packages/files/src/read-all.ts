import { createHash } from "node:crypto";
import { type ReadFile, readDefinitions } from "./definitions.ts";
import { type ListedFolder, listFolder, readText } from "./folder.ts";
import { type ParsedFile, parseDefinitions } from "./parse-definitions.ts";

/** All files of a folder, read. */
export interface ReadAll {
  readonly files: readonly ReadFile[];
  /** Changes whenever what they say does. */
  readonly print: string;
}

/** Not every file system tells of each change: what stands there is read again after so long. */
const anewMs = 60_000;

/** Reads a folder again and again, and of it what is another than before. */
export class FolderReader {
  readonly #directory: string;
  readonly #env: ReadonlySet<string>;
  #parsed: ReadonlyMap<string, { readonly text: string; readonly parsed: ParsedFile }> = new Map();
  #named: ReadonlySet<string> = new Set();
  #last: { readonly stamp: string; readonly readAt: number; readonly read: ReadAll } | undefined;

  constructor(directory: string, env: ReadonlySet<string>) {
    this.#directory = directory;
    this.#env = env;
  }

  /** Errors: of the file system, where the folder or a part of it cannot be read. */
  async read(): Promise<ReadAll> {
    const listed = await listFolder(this.#directory, this.#named);
    const now = performance.now();
    const last = this.#last;
    if (last !== undefined && last.stamp === listed.stamp && now - last.readAt < anewMs) return last.read;
    const read = await this.#readListed(listed);
    // As it was before they were read: whatever is written meanwhile is seen at the next look.
    this.#last = { stamp: listed.stamp, readAt: now, read };
    return read;
  }

  async #readListed({ files, bases }: ListedFolder): Promise<ReadAll> {
    const parsed = new Map<string, { readonly text: string; readonly parsed: ParsedFile }>();
    const parse = (name: string, text: string): ParsedFile => {
      const known = this.#parsed.get(name);
      const each = known?.text === text ? known : { text, parsed: parseDefinitions(name, text) };
      parsed.set(name, each);
      return each.parsed;
    };
    const named = new Set<string>();
    const read: ReadFile[] = [];
    for (const file of files) {
      const found = { ...file, ...(await readText(file.path, bases)) };
      const onFile = (path: string) => named.add(path);
      read.push(await readDefinitions(found, parse, { env: this.#env, bases, onFile }));
    }
    this.#parsed = parsed;
    this.#named = named;
    return { files: read, print: printOf(read) };
  }
}

function printOf(files: readonly ReadFile[]): string {
  const hash = createHash("sha256");
  for (const { found, definitions, problems } of files) {
    const said = definitions.map(({ value, problems: own, disabled }) => [value, own, disabled]);
    // With its text: places in messages are of the text.
    hash.update(JSON.stringify([found.name, found.text, problems, said]));
  }
  return hash.digest("base64url").slice(0, 22);
}
