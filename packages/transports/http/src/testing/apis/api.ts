import type { WireValue } from "@syncline/core/spi";
import type { Received } from "../server.ts";

/** A small server that behaves as an interface's public documentation says, as far as a preset needs it. */
export interface Api {
  /** How the preset's documents look, for a key. */
  readonly document: (id: string) => { readonly [name: string]: WireValue };
  readonly answer: (request: Received, world: World) => Reply;
  /** Cannot delete. */
  readonly hasNoDelete?: true;
  /** A bad item has the whole call refused. */
  readonly refusesWhole?: true;
  /** Where it cannot be seen that an item was left out. */
  readonly isSilent?: true;
}

/** What the server has taken, and what it does otherwise than it should. */
export interface World {
  readonly taken: Map<string, unknown>;
  /** Refuses these for what is in them. */
  isBad(id: string): boolean;
  /** Neither takes these nor speaks of them. */
  isOmitted(id: string): boolean;
  /** The order of its answers. */
  order<Entry>(entries: Entry[]): Entry[];
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** As the server wants it to be. */
export const json = <Shape>(text: string): Shape => JSON.parse(text) as Shape;
export const lines = <Shape>(text: string): Shape[] =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => json<Shape>(line));
export const isJson = ({ headers }: Received) => headers["content-type"] === "application/json";
export const last = (url: string) => decodeURIComponent(url.slice(url.lastIndexOf("/") + 1));
