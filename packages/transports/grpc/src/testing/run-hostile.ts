import { breaking, flooding, floods } from "./hostile-frames.ts";

/**
 * A hostile server in a process of its own: the flood of that name, or what breaks each connection.
 * Ends with its parent.
 */
const flood = floods[process.argv[2] ?? ""];
const { port } = await (flood === undefined ? breaking() : flooding(flood));
process.on("disconnect", () => process.exit());
process.send?.(port);
