import { mostElements } from "./sql/statement.ts";

export interface Chunk<Item> {
  readonly items: readonly Item[];
  /** The position of its first item among all. */
  readonly offset: number;
}

/** No more than a block's arrays hold, each. */
export function chunksOf<Item>(items: readonly Item[], size = mostElements): readonly Chunk<Item>[] {
  const chunks: Chunk<Item>[] = [];
  for (let offset = 0; offset < items.length; offset += size)
    chunks.push({ items: items.slice(offset, offset + size), offset });
  return chunks;
}
