import { useEffect, useState } from "preact/hooks";
import type { AuditDocument } from "../../src/api/shapes.ts";
import type { Client } from "../api.ts";
import { Unanswered } from "../api.ts";
import { count, time, visible } from "../format.ts";
import { Empty, Loading, Trouble } from "../parts/notices.tsx";

/** What operators have done, with who and why. */
export function AuditPage({ client }: { readonly client: Client }) {
  const [items, setItems] = useState<AuditDocument["items"]>();
  const [next, setNext] = useState<string | null>(null);
  const [error, setError] = useState<Unanswered>();
  const load = async (after: string | null) => {
    try {
      const page = await client.get<AuditDocument>(
        `audit?limit=50${after === null ? "" : `&after=${encodeURIComponent(after)}`}`,
      );
      setError(undefined);
      setItems((before = []) => (after === null ? page.items : [...before, ...page.items]));
      setNext(page.next);
    } catch (failure) {
      if (!(failure instanceof Unanswered)) throw failure;
      setError(failure);
    }
  };
  useEffect(() => void load(null), [client]);
  return (
    <>
      <h1>Audit</h1>
      <Trouble error={error} />
      {items === undefined && error === undefined && <Loading />}
      {items?.length === 0 && <Empty>No operator has done anything yet.</Empty>}
      {items !== undefined && items.length > 0 && (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Who</th>
                <th scope="col">What</th>
                <th scope="col">Of what</th>
                <th scope="col" class="number">
                  Count
                </th>
                <th scope="col">Reason</th>
              </tr>
            </thead>
            <tbody>
              {items.map((entry) => (
                <tr key={entry.id}>
                  <td data-title="When">{time(entry.at)}</td>
                  <td data-title="Who">{visible(entry.actor)}</td>
                  <td data-title="What">{visible(entry.action)}</td>
                  <td data-title="Of what" class="words">
                    {entry.strategy !== null && <b>{visible(entry.strategy)} </b>}
                    <code>{visible(entry.selection)}</code>
                  </td>
                  <td data-title="Count" class="number">
                    {entry.count === null ? "–" : count(entry.count)}
                  </td>
                  <td data-title="Reason" class="words">
                    {visible(entry.reason ?? "–")}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next !== null && (
        <button type="button" onClick={() => void load(next)}>
          Earlier ones
        </button>
      )}
    </>
  );
}
