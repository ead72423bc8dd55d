/** What is scaffolded: a database's adapter, or a way of calling downstreams. */
export type PluginKind = "adapter" | "transport";

export const pluginKinds: readonly PluginKind[] = ["adapter", "transport"];

export function isPluginKind(value: unknown): value is PluginKind {
  return (pluginKinds as readonly unknown[]).includes(value);
}
