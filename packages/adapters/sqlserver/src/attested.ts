/**
 * Marks a statement of one key, which the server answers with a second result set: how many rows
 * the first one had. Put into another SELECT, a template could have no WITH and no OPTION, and
 * would lose its order.
 */
const mark = "-- syncline: the number of rows follows\n";

export function markAttested(template: string): string {
  return `${mark}${template}`;
}

/** A statement as it is sent. */
export interface UnmarkedText {
  readonly text: string;
  readonly isCounted: boolean;
}

export function unmarked(text: string): UnmarkedText {
  return text.startsWith(mark) ? { text: text.slice(mark.length), isCounted: true } : { text, isCounted: false };
}
