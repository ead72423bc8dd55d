import type { NewsDocument } from "../../src/api/shapes.ts";
import type { Client } from "../api.ts";
import { ago, time, visible } from "../format.ts";
import { Lanes } from "../parts/lanes.tsx";
import { Empty, Loading, Trouble } from "../parts/notices.tsx";
import { Problems } from "../parts/problems.tsx";
import { usePolled } from "../polling.tsx";

/** Lanes, breakers, downstreams and the database, as this process sees them. */
export function NewsPage({ client, pipeline }: { readonly client: Client; readonly pipeline: string }) {
  const { document: found, error } = usePolled<NewsDocument>(client, "news");
  return (
    <>
      <h1>Health</h1>
      <Trouble error={error} />
      {found === undefined && error === undefined && <Loading />}
      {found !== undefined && (
        <>
          {!found.working && (
            <div class="notice" role="note">
              No worker runs in this process: lanes and circuit breakers of other processes are not seen here.
            </div>
          )}
          {found.problems.length === 0 ? (
            found.working && <Empty>Every lane works, and so does the database.</Empty>
          ) : (
            <Problems problems={found.problems} />
          )}
          {found.working && <Lanes lanes={found.lanes} all={found.allLanes} pipeline={pipeline} />}
          <h2>What happened last</h2>
          {found.items.length === 0 && <Empty>Nothing yet, since the console is here.</Empty>}
          <ol class="news">
            {found.items.map(({ at, event, about, message }, index) => (
              <li key={`${at} ${found.items.length - index}`}>
                <time dateTime={new Date(at).toISOString()} title={time(at)}>
                  {ago(at, Date.now())}
                </time>
                <code>{event}</code>
                <span>
                  <strong>{visible(about)}</strong> <span class="words">{visible(message)}</span>
                </span>
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}
