import type { WireRow, WireValue } from "../model/wire.ts";

/** How a row becomes a document: the names to set, in order, each from a column or from members of its own. */
export interface DocumentPlan {
  readonly names: readonly string[];
  readonly sources: readonly (number | DocumentPlan)[];
}

interface Branch {
  readonly members: Map<string, number | Branch>;
}

/**
 * The plan for rows with these columns, of which the first `skipped` are not part of the document. A name with dots
 * nests. `faults` says what is wrong, one clause each; the plan is good for nothing unless it is empty.
 */
export function planDocument(
  columns: readonly string[],
  skipped: number,
): { readonly plan: DocumentPlan; readonly faults: readonly string[] } {
  const root: Branch = { members: new Map() };
  const faults = new Set<string>();
  columns.slice(skipped).forEach((column, index) => {
    const fault = place(root, column, index + skipped);
    if (fault !== undefined) faults.add(fault);
  });
  if (columns.length <= skipped) faults.add("its query yields no columns");
  return { plan: planOf(root), faults: [...faults] };
}

function place(root: Branch, column: string, index: number): string | undefined {
  const path = column.split(".");
  if (path.includes("")) return `its column "${column}" has an empty name, or an empty part between dots`;
  // Assigning to it would replace the document's prototype, and downstream code that copies documents might do so too.
  if (path.includes("__proto__")) return `its column "${column}" must have another name than "__proto__"`;
  const last = path.pop() ?? column;
  let branch = root;
  for (const name of path) {
    let member = branch.members.get(name);
    if (typeof member === "number") return conflict(column);
    if (member === undefined) {
      member = { members: new Map() };
      branch.members.set(name, member);
    }
    branch = member;
  }
  const taken = branch.members.get(last);
  if (typeof taken === "object") return conflict(column);
  if (taken !== undefined) return `it has more than one column named "${column}"`;
  branch.members.set(last, index);
  return undefined;
}

function conflict(column: string): string {
  return `its column "${column}" would have to be both a value and an object, because of another column's dots`;
}

function planOf({ members }: Branch): DocumentPlan {
  const sources = [...members.values()].map((member) => (typeof member === "number" ? member : planOf(member)));
  return { names: [...members.keys()], sources };
}

/** The row as a document. Assigns in the same order every time, so that all documents of a plan share their shape. */
export function documentOf({ names, sources }: DocumentPlan, row: readonly WireValue[]): WireRow {
  const document: { [name: string]: WireValue } = {};
  for (let index = 0; index < names.length; index += 1) {
    const source = sources[index];
    const name = names[index] ?? "";
    document[name] = typeof source === "object" ? documentOf(source, row) : (row[source ?? 0] ?? null);
  }
  return document;
}
