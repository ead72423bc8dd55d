import type { KeyedRead } from "@syncline/core/adapter-kit";
import { SynclineError } from "@syncline/core/spi";
import { marked } from "./dialect.ts";

/** A statement as the driver runs it. */
export interface SelectText {
  readonly text: string;
  /** Whose value each `?` is, from 1; `undefined`: they come in order. */
  readonly places: readonly number[] | undefined;
}

/**
 * In bytes. The driver (3.5.4) misreads the answer to a statement whose columns come from a derived
 * table that calls them by more than 250, and throws where nobody can catch it. A column without a
 * name is called by its whole expression.
 */
export const longestName = 200;
const longName = new RegExp(`\`[^\`]{${longestName},}\``);

const space = /^(?:\s|--[ \t][^\n]*\n|#[^\n]*\n|\/\*(?!M?!)[\s\S]*?\*\/)*/;

/**
 * In brackets the server takes a query and nothing else; their line break is for a text that ends
 * in a comment. Only what begins with WITH may not stand in brackets in MariaDB: it can be nothing
 * that commits, and the transaction is READ ONLY.
 *
 * The limit is one row more than may come. The order of the query's rows stays, and WITH has the
 * limit of the session.
 */
export function selectText({ kind, text: template }: Pick<KeyedRead, "kind" | "text">, maxRows: number): SelectText {
  if (longName.test(template))
    throw new SynclineError("query.invalid", `A name between backticks is longer than ${longestName} characters.`);
  const begun = template.slice(space.exec(template)?.[0].length ?? 0);
  const marks = [...template.matchAll(marked)].map(([, place]) => Number(place));
  const places = kind === "plain" && marks.length === 0 ? undefined : marks;
  if (/^with\b/i.test(begun)) return { places, text: template };
  if (!/^[(]|^(?:select|values)\b/i.test(begun))
    throw new SynclineError("query.refused", "The query is not run: it must be one SELECT.");
  return { places, text: `(\n${template.replace(/;\s*$/, "")}\n) LIMIT ${maxRows + 1}` };
}
