import { mostElements } from "./sql/statement.ts";

/** Positions from 0 of positions from 1, as a block joined them. No positions are an empty text, which Oracle says as NULL. */
export function positionsOf(joined: unknown): readonly number[] {
  return typeof joined !== "string" || joined === "" ? [] : joined.split(",").map((position) => Number(position) - 1);
}

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
