import { ByteLimit } from "@syncline/core/adapter-kit";
import { type QueryResult, type QueryRunner, SynclineError } from "@syncline/core/spi";
import { runSelect, tableOf } from "./evaluate.ts";
import { aborted, operate } from "./guard.ts";
import { parseStatement, type Select } from "./parse-select.ts";
import type { MemoryStore } from "./store.ts";

export function memoryQueryRunner(store: MemoryStore): QueryRunner {
  // As a database keeps its plans: parsing was an eighth of the time of a simulated history.
  const parsed = new Map<string, Select>();
  const parse = (text: string): Select => {
    const select = parsed.get(text) ?? parseStatement(text);
    parsed.set(text, select);
    return select;
  };
  return {
    run: async (statements, { timeoutMs, maxRows, maxBytes }, signal) => {
      const selects = statements.map(({ text, parameters }) => ({ select: parse(text), parameters }));
      await pass(Math.max(0, ...selects.map(({ select }) => tableOf(store, select).delayMs)), timeoutMs, signal);
      // One turn, hence one snapshot.
      return operate(store, signal, () => {
        const byteLimit = new ByteLimit(maxBytes);
        return selects.map(({ select, parameters }) => {
          const result = withinLimit(runSelect(store, select, parameters), maxRows);
          for (const row of result.rows) byteLimit.add(row);
          return result;
        });
      });
    },
  };
}

function withinLimit(result: QueryResult, maxRows: number): QueryResult {
  if (result.rows.length <= maxRows) return result;
  throw new SynclineError("query.row-limit", `The query yields more than ${maxRows} rows.`);
}

function pass(delayMs: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
  if (delayMs === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(aborted());
    };
    const end = () => {
      signal.removeEventListener("abort", stop);
      if (delayMs <= timeoutMs) resolve();
      else reject(new SynclineError("query.timeout", `The query took longer than ${timeoutMs} ms.`));
    };
    const timer = setTimeout(end, Math.min(delayMs, timeoutMs));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
