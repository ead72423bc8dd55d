import { contentsOf } from "./contents.ts";
import { Given, isWritten, own, type Writable } from "./given.ts";
import type { ElementShape, GroupShape, Particle } from "./shapes.ts";

/** The alternative that has a place for all the fields given; of several, the first that misses none. */
export function chosenBranch(choice: GroupShape, given: Given): Particle | undefined {
  const count = given.namesIn(choice).length;
  const fitting = choice.parts.filter((part) => (count === 0 ? given.has(part) : given.namesIn(part).length === count));
  return fitting.find((part) => requiredIn(part).every((name) => given.names.includes(name))) ?? fitting[0];
}

function requiredIn(part: Particle): readonly string[] {
  if (part.kind === "element") return [part.name];
  return part.kind === "any" || part.kind === "unusable" ? [] : [...contentsOf(part).required];
}

export function choiceProblem(choice: GroupShape): string {
  return `may have only one of ${namesOf(choice)}`;
}

export function namesOf(choice: GroupShape): string {
  const { entries, wildcards } = contentsOf(choice);
  return [...entries.keys(), ...(wildcards.length > 0 ? ["#any"] : [])].join(", ");
}

/** How often a choice is made for the fields given. */
export function countIn(particle: Particle, given: Given): number {
  if (particle.kind === "unusable") return 0;
  if (particle.kind === "any") return given.waiting.filter(({ namespace }) => particle.allows(namespace)).length;
  if (particle.kind === "element") return given.has(particle) ? lengthOf(particle, given) : 0;
  if (!given.has(particle)) return 0;
  if (particle.kind === "choice") return particle.parts.reduce((sum, part) => sum + countIn(part, given), 0);
  const [column, ...others] = particle.parts;
  if (column !== undefined && others.length === 0) return countIn(column, given);
  return Math.max(1, ...columnsOf(particle, given).map((one) => lengthOf(one, given)));
}

function lengthOf({ name }: ElementShape, given: Given): number {
  const value = own(given.fields, name);
  if (isWritten(value)) return value.elements.length;
  return Array.isArray(value) ? value.length : 1;
}

/** The elements of a sequence that are given as lists, though the sequence has each of them once. */
export function columnsOf({ parts }: GroupShape, given: Given): readonly ElementShape[] {
  return parts.filter(
    (part): part is ElementShape =>
      part.kind === "element" && part.max === 1 && Array.isArray(own(given.fields, part.name)) && !isListType(part),
  );
}

/** Its value is a list, though the element is there once. */
export function isListType({ type }: ElementShape): boolean {
  return type.kind === "simple" ? type.item !== undefined || type.members !== undefined : type.entry !== undefined;
}

/** What is given as lists of one length, entry by entry; `undefined` for anything else. */
export function rowsOf(names: readonly string[], given: Given): readonly Given[] | undefined {
  const lists = names.map((name) => own(given.fields, name));
  const length = lists.find((list) => Array.isArray(list))?.length ?? 0;
  if (!lists.every((list) => Array.isArray(list) && list.length === length)) return undefined;
  return Array.from({ length }, (_, index) => {
    const row = names.map((name, at) => [name, (lists[at] as readonly Writable[])[index] ?? undefined] as const);
    return new Given(Object.fromEntries(row), given.waiting);
  });
}
