import type * as undici from "undici";
// @ts-expect-error undici describes its main entry alone.
import connecting from "undici/lib/core/connect.js";
// @ts-expect-error
import agent from "undici/lib/dispatcher/agent.js";

/*
 * From their own files: undici's main entry loads its fetch, caches, mocks and WebSockets as well,
 * three times as much, and gives the `fetch` of the whole process another dispatcher.
 */
export const Agent: typeof undici.Agent = agent;
export type Agent = undici.Agent;
export const buildConnector: typeof undici.buildConnector = connecting;
