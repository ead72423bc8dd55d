import type { LoadedStrategies, Problem, StoredCategory, StoredStrategy } from "@syncline/core/spi";
import { type FileDefinition, type ReadFile, storedCategory, storedStrategy } from "./definitions.ts";
import type { Kind } from "./folder.ts";
import type { ReadAll } from "./read-all.ts";

/**
 * What is taken from the files that were read. It remembers what a file last said when it could be
 * read: while it cannot, that stays in force.
 */
export class Taken {
  /** By file, what it said last. */
  readonly #last = new Map<string, readonly FileDefinition[]>();
  /** By kind and name, the file that has it in force. */
  readonly #owners = new Map<string, string>();
  #loaded: LoadedStrategies | undefined;

  get loaded(): LoadedStrategies | undefined {
    return this.#loaded;
  }

  /** @param now all files, as they are. */
  take({ files, print }: ReadAll): void {
    const names = new Set(files.map(({ found }) => found.name));
    for (const name of this.#last.keys()) if (!names.has(name)) this.#last.delete(name);
    const strategies: StoredStrategy[] = [];
    const categories: StoredCategory[] = [];
    for (const kind of ["categories", "strategies"] as const) {
      const own = files.filter(({ found }) => found.kind === kind);
      const { definitions, wrong } = this.#ofKind(own);
      const sorted = [...this.#withoutRivals(kind, definitions), ...wrong];
      if (kind === "strategies") strategies.push(...sorted.map(storedStrategy));
      else categories.push(...sorted.map(storedCategory));
    }
    this.#loaded = { strategies, categories, revision: print };
  }

  /** The folder says nothing that could be taken: what is in force goes on, and is told of. */
  doubt(problem: Problem): void {
    if (this.#loaded === undefined) return;
    const { strategies, categories, revision } = this.#loaded;
    this.#loaded = {
      categories: categories ?? [],
      strategies: strategies.map((strategy) => ({ ...strategy, problem: [problem] })),
      revision: `${revision.split(" ", 1)[0]} ${problem.message}`,
    };
  }

  #ofKind(files: readonly ReadFile[]) {
    const definitions: FileDefinition[] = [];
    const wrong: FileDefinition[] = [];
    for (const { found, definitions: read, problems } of files) {
      const { name: file, kind } = found;
      if (problems.length === 0) {
        this.#last.set(file, read);
        definitions.push(...read);
        continue;
      }
      const last = this.#last.get(file);
      // A strategy goes on as it was, and says why; of a category, the file's name does.
      if (kind === "strategies" && last !== undefined) definitions.push(...last.map((each) => ({ ...each, problems })));
      else {
        definitions.push(...(last ?? []));
        wrong.push({ file, value: { name: file }, place: () => file, problems, disabled: false });
      }
    }
    return { definitions, wrong };
  }

  /**
   * Of several that have one name, the one that is in force stays so, and core tells of the others.
   * Where none is, nobody knows which is meant: then none comes into force.
   */
  #withoutRivals(kind: Kind, definitions: readonly FileDefinition[]): readonly FileDefinition[] {
    const byName = new Map<string, FileDefinition[]>();
    for (const each of definitions) {
      const rivals = byName.get(each.value.name);
      if (rivals === undefined) byName.set(each.value.name, [each]);
      else rivals.push(each);
    }
    return [...byName].flatMap(([name, rivals]) => {
      const slot = `${kind} ${name}`;
      const enabled = rivals.filter(({ disabled }) => !disabled);
      const owner = this.#owners.get(slot);
      const first =
        enabled.find(({ file }) => file === owner) ?? (enabled.length > 1 ? undefined : (enabled[0] ?? rivals[0]));
      if (first === undefined) return [contested(enabled)];
      this.#owners.set(slot, first.file);
      return [first, ...rivals.filter((each) => each !== first)];
    });
  }
}

function contested(rivals: readonly FileDefinition[]): FileDefinition {
  const [first] = rivals as readonly [FileDefinition];
  const places = rivals.map(({ place }) => place("name"));
  const message = `"${first.value.name}" stands in ${places.length} places (${places.join(", ")}): none of them is in force until one is left.`;
  return { ...first, problems: [{ at: first.place("name"), message }] };
}
