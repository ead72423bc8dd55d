import type { SyncCall } from "../contracts/sync-invoker.ts";

/**
 * What every transport tells beside the documents, whatever its protocol: headers, or metadata, by
 * names in lower case. A version is a column's text: the transport sees whether a header can carry it.
 */
export function synclineHeaders({ batched, items }: SyncCall): { readonly [name: string]: string } {
  const [item] = items;
  if (batched || item === undefined) return {};
  const headers: { [name: string]: string } = { "syncline-revision": item.revision };
  if (item.version !== undefined) headers["syncline-version"] = item.version;
  if (item.absence !== undefined && item.absence !== "unknown") headers["syncline-absence"] = item.absence;
  return headers;
}
