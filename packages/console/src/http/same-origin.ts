import type { IncomingMessage } from "node:http";
import { Refusal } from "./refusal.ts";

/**
 * Refuses what a page of another site makes a browser send. `origins`: where a proxy in front
 * changes `Host`.
 */
export function demandSameOrigin({ headers }: IncomingMessage, origins: readonly string[]): void {
  const { origin, host, "sec-fetch-site": site } = headers;
  const isOwn = origin !== undefined && (origins.includes(origin) || hostOf(origin) === host?.toLowerCase());
  if (!isOwn || (site !== undefined && site !== "same-origin"))
    throw new Refusal(403, "origin.refused", "The request comes from another site, or does not say from where.");
}

/** For what listens by itself: another site whose name leads to this machine is not let in. */
export function demandHost({ headers }: IncomingMessage, hosts: readonly string[]): void {
  const name = headers.host?.toLowerCase().replace(/:\d+$/, "") ?? "";
  if (!hosts.includes(name))
    throw new Refusal(421, "host.refused", `This console is not "${name.slice(0, 100)}": name the host to it.`);
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
