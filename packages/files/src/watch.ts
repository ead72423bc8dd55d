import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import { kinds } from "./folder.ts";

/** What tells of changes comes in showers. */
const showerMs = 50;

/**
 * Calls `look` every `pollMs`, and soon after something told of a change. What tells is a help and
 * nothing to rely on: network file systems do not, a ConfigMap changes by a link elsewhere, and
 * folders come later than their watchers. Returns how to stop.
 *
 * @param look never rejects; resolves to when to look again, if earlier.
 */
export function lookAgain(directory: string, pollMs: number, look: () => Promise<number | undefined>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  let isLooking = false;
  let isTold = false;
  const watchers = new Map<string, FSWatcher>();

  const next = (delayMs: number) => {
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(() => void round(), delayMs).unref();
  };
  const round = async () => {
    if (isLooking) return;
    isLooking = true;
    isTold = false;
    for (const folder of [directory, ...kinds.map((kind) => join(directory, kind))]) attend(folder);
    const early = await look();
    isLooking = false;
    next(isTold ? showerMs : Math.min(early ?? pollMs, pollMs));
  };
  const attend = (folder: string) => {
    if (watchers.has(folder) || isOver) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => {
        isTold = true;
        if (!isLooking) next(showerMs);
      });
      const forget = () => {
        watchers.delete(folder);
        watcher.close();
      };
      watcher.on("error", forget);
      // Of a folder that was renamed or replaced, nothing is heard any more.
      watcher.on("change", (event) => {
        if (event === "rename") forget();
      });
      watchers.set(folder, watcher);
    } catch {
      // No watchers left, none on this file system, or no such folder: the next look will do.
    }
  };
  next(0);
  return () => {
    isOver = true;
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  };
}
