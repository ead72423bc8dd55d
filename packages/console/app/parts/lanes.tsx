import type { Lane, NewsDocument } from "../../src/api/shapes.ts";
import { count, plural, time, visible } from "../format.ts";
import { linkTo } from "../place.tsx";
import { Empty } from "./notices.tsx";

const words = { closed: "closed", "half-open": "half-open: one call to see", open: "open: nothing is sent" };
const levels = { closed: "ok", "half-open": "warn", open: "error" };

/** A lane's circuit breaker and window. */
export function Circuit({ circuit, opensAt }: Lane) {
  return (
    <>
      <span class={`level ${levels[circuit]}`}>{words[circuit]}</span>
      {opensAt !== undefined && <span class="quiet under">window opens {time(opensAt)}</span>}
    </>
  );
}

interface LanesProps {
  readonly lanes: NewsDocument["lanes"];
  readonly all: number;
  readonly pipeline: string;
}

/** Those that send nothing, and those at work. */
export function Lanes({ lanes, all, pipeline }: LanesProps) {
  return (
    <>
      <h2>Lanes</h2>
      <p class="quiet">
        {plural(lanes.length, "lane")} of {count(all)} in this process work now, or may not.
      </p>
      {lanes.length === 0 && <Empty>None of them has anything to do.</Empty>}
      {lanes.length > 0 && (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Strategy</th>
                <th scope="col">Circuit</th>
                <th scope="col" class="number">
                  Reading
                </th>
                <th scope="col" class="number">
                  Ready
                </th>
                <th scope="col" class="number">
                  Sending
                </th>
                <th scope="col" class="number">
                  Calls
                </th>
              </tr>
            </thead>
            <tbody>
              {lanes.map((lane) => (
                <tr key={lane.strategy}>
                  <th scope="row">
                    <a href={linkTo(pipeline, "strategy", { name: lane.strategy })}>{visible(lane.strategy)}</a>
                    <span class="quiet under">{visible(lane.downstream)}</span>
                  </th>
                  <td data-title="Circuit">
                    <Circuit {...lane} />
                  </td>
                  <td data-title="Reading" class="number">
                    {count(lane.reading)}
                  </td>
                  <td data-title="Ready" class="number">
                    {count(lane.ready)}
                  </td>
                  <td data-title="Sending" class="number">
                    {count(lane.sending)}
                  </td>
                  <td data-title="Calls" class="number">
                    {count(lane.calls)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
