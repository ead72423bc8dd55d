/** A statement, cut at its parameters: one more text than there are values. */
export interface AroundParameters {
  readonly texts: readonly string[];
  readonly values: readonly unknown[];
}

/**
 * For libraries that number or write parameters in a way of their own. Values come in the order in which the text names
 * them. The text must hold no `$1` but parameters; the recorder's statements don't.
 */
export function aroundParameters(text: string, values: readonly unknown[]): AroundParameters {
  // The capturing group puts each parameter's number between the texts.
  const pieces = text.split(/\$(\d+)/);
  return {
    texts: pieces.filter((_, index) => index % 2 === 0),
    values: pieces.filter((_, index) => index % 2 === 1).map((position) => values[Number(position) - 1]),
  };
}
