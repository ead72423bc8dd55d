import type { OverviewDocument } from "../../src/api/shapes.ts";
import { age, count, duration, visible } from "../format.ts";
import { Stale } from "../parts/notices.tsx";

/** What there is to know at a glance. */
export function Overview({ overview }: { readonly overview: OverviewDocument }) {
  const { changes, oldestChangeAgeMs, refused, due, waiting, leased, dead, held, oldestAgeMs } = overview;
  return (
    <section aria-label="Overview">
      <Stale {...overview} />
      {!overview.working && (
        <div class="notice" role="note">
          No worker runs in this process: rates, errors and circuit breakers of other processes are not seen here.
        </div>
      )}
      {overview.unloaded !== null && (
        <div class="notice error" role="alert">
          Strategies cannot be loaded: <span class="words">{visible(overview.unloaded, true)}</span>
        </div>
      )}
      <dl class="tiles">
        <Tile title="Oldest" value={age(Math.max(oldestAgeMs, oldestChangeAgeMs))} hint="not yet delivered" />
        <Tile
          title="Not dispatched"
          value={count(changes)}
          hint={changes > 0 ? `oldest ${duration(oldestChangeAgeMs)}` : "changes"}
        />
        <Tile title="Due" value={count(due)} hint="keys" />
        <Tile title="Waiting" value={count(waiting)} hint="for a back-off or a window" />
        <Tile title="In flight" value={count(leased)} hint="keys" />
        <Tile title="Dead" value={count(dead)} hint="letters" level={dead > 0 ? "warn" : undefined} />
        <Tile title="Held" value={count(held)} hint="for a person" level={held > 0 ? "warn" : undefined} />
        {refused > 0 && <Tile title="Refused" value={count(refused)} hint="fit no category" level="warn" />}
      </dl>
    </section>
  );
}

interface TileProps {
  readonly title: string;
  readonly value: string;
  readonly hint: string;
  readonly level?: "warn" | undefined;
}

function Tile({ title, value, hint, level }: TileProps) {
  return (
    <div class={`tile ${level ?? ""}`}>
      <dt>{title}</dt>
      <dd>
        <b>{value}</b> <span class="quiet">{hint}</span>
      </dd>
    </div>
  );
}
