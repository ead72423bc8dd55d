import { useEffect, useState } from "preact/hooks";
import type { Client } from "./api.ts";
import { Unanswered } from "./api.ts";

export interface Polled<Document> {
  readonly document: Document | undefined;
  readonly error: Unanswered | undefined;
  readonly reload: () => void;
}

const usualMs = 4_000;
/** While nothing comes, less and less often. */
const longestMs = 60_000;

/**
 * Asks again and again while somebody looks: the next question comes after the last answer, never
 * beside it. What was shown stays while the next is awaited, or cannot be had.
 */
export function usePolled<Document>(client: Client, path: string, everyMs = usualMs): Polled<Document> {
  const [state, setState] = useState<{
    readonly path: string;
    readonly document?: Document;
    readonly error?: Unanswered;
  }>({ path });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stopping = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let isAsking = false;
    const ask = async () => {
      if (document.hidden || isAsking) return;
      isAsking = true;
      try {
        const answer = await client.get<Document>(path, stopping.signal);
        failures = 0;
        if (!stopping.signal.aborted) setState({ path, document: answer });
      } catch (error) {
        if (stopping.signal.aborted || !(error instanceof Unanswered)) return;
        failures += 1;
        if (error.status === 401) dispatchEvent(new Event("syncline:logged-out"));
        setState((before) => ({ ...(isSamePage(before.path, path) ? before : {}), path, error }));
      } finally {
        isAsking = false;
      }
      timer = setTimeout(ask, Math.min(everyMs * 2 ** failures, longestMs));
    };
    const shown = () => {
      if (document.hidden) return;
      clearTimeout(timer);
      void ask();
    };
    document.addEventListener("visibilitychange", shown);
    void ask();
    return () => {
      document.removeEventListener("visibilitychange", shown);
      stopping.abort();
      clearTimeout(timer);
    };
  }, [client, path, round, everyMs]);
  // Another filter: what was shown stays until the answer is there.
  const isOf = isSamePage(state.path, path);
  return {
    document: isOf ? state.document : undefined,
    error: isOf ? state.error : undefined,
    reload: () => setRound((before) => before + 1),
  };
}

function isSamePage(one: string, other: string): boolean {
  return one.split("?", 1)[0] === other.split("?", 1)[0];
}
