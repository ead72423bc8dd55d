import { useState } from "preact/hooks";
import type { CallDocument, CallRow, CallsDocument } from "../../src/api/shapes.ts";
import type { Client } from "../api.ts";
import { Unanswered } from "../api.ts";
import { count, visible } from "../format.ts";
import { Empty, Loading, Trouble } from "../parts/notices.tsx";
import { linkTo } from "../place.tsx";
import { usePolled } from "../polling.tsx";

/** It asks no database, and somebody waits for the next call. */
const everyMs = 1_000;

/** Each call of a pipeline in development: what goes out, or would. */
export function CallsPage({ client, pipeline }: { readonly client: Client; readonly pipeline: string }) {
  const { document: found, error } = usePolled<CallsDocument>(client, "calls", everyMs);
  return (
    <>
      <h1>Calls</h1>
      <Trouble error={error} />
      {found === undefined && error === undefined && <Loading />}
      {found !== undefined && (
        <div class={`notice ${found.sends ? "warn" : "ok"}`} role="note">
          {found.sends
            ? "Calls go out, and this is what was answered."
            : "Nothing is sent: each call is shown as it would be made, and taken for accepted."}
        </div>
      )}
      {found?.items.length === 0 && <Empty>No call yet. Change a row that a strategy follows.</Empty>}
      <ol class="letters calls">
        {found?.items.map((call) => (
          <li key={call.id}>
            <Call call={call} client={client} pipeline={pipeline} />
          </li>
        ))}
      </ol>
    </>
  );
}

interface CallProps {
  readonly call: CallRow;
  readonly client: Client;
  readonly pipeline: string;
}

function Call({ call, client, pipeline }: CallProps) {
  const [whole, setWhole] = useState<CallDocument>();
  const [error, setError] = useState<Unanswered>();
  const open = async () => {
    if (whole !== undefined) return;
    try {
      setWhole(await client.get<CallDocument>(`calls/${call.id}`));
    } catch (failure) {
      if (!(failure instanceof Unanswered)) throw failure;
      setError(failure);
    }
  };
  const { at, strategy, operation, key, keys, attempt, line, outcome } = call;
  return (
    <details onToggle={({ currentTarget }) => currentTarget.open && void open()}>
      <summary>
        <time class="quiet" dateTime={new Date(at).toISOString()}>
          {new Date(at).toISOString().slice(11, 23)}
        </time>{" "}
        <b>{visible(strategy)}</b> {operation}{" "}
        <code>{keys === 1 ? visible(key) : `${count(keys)} keys, first ${visible(key)}`}</code>
        {attempt > 1 && <span class="quiet"> attempt {attempt}</span>}
        <span class="under">
          <code>{visible(line)}</code> <span class={`level ${outcome.level}`}>{visible(outcome.words)}</span>
        </span>
      </summary>
      <Trouble error={error} />
      {whole !== undefined && <Whole call={whole} pipeline={pipeline} />}
    </details>
  );
}

function Whole({ call, pipeline }: { readonly call: CallDocument; readonly pipeline: string }) {
  const { strategy, downstream, headers, body } = call;
  return (
    <div class="preview">
      <p class="links">
        <a href={linkTo(pipeline, "strategy", { name: strategy })}>{visible(strategy)}</a>
        {downstream !== null && <span>to {visible(downstream)}</span>}
      </p>
      {headers.length > 0 && (
        <dl class="heads">
          {headers.map(({ name, value }) => (
            <div key={name} class="pair">
              <dt>{visible(name)}</dt>
              <dd>
                <code>{visible(value, true)}</code>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {body === null ? (
        <p class="quiet">No body.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <pre tabIndex={0}>{visible(body, true)}</pre>
      )}
    </div>
  );
}
