import type { OverviewDocument, StrategiesDocument, StrategyWithHistory } from "../../src/api/shapes.ts";
import type { Client } from "../api.ts";
import { age, count, duration, visible } from "../format.ts";
import { LevelBadge } from "../parts/level.tsx";
import { Empty, Loading, Trouble } from "../parts/notices.tsx";
import { Sparkline } from "../parts/sparkline.tsx";
import { linkTo, type Place, replacePlace } from "../place.tsx";
import { usePolled } from "../polling.tsx";
import { Overview } from "./overview.tsx";

const pageSize = 50;
const levels = ["error", "warn", "paused", "ok"] as const;
const sorts = {
  trouble: "Trouble first",
  age: "Oldest first",
  waiting: "Most waiting",
  dead: "Most dead",
  name: "Name",
};

export function StrategiesPage({ place, client }: { readonly place: Place; readonly client: Client }) {
  const { pipeline, query } = place;
  const search = query.get("search") ?? "";
  const level = query.get("level") ?? "";
  const sort = query.get("sort") ?? "trouble";
  const page = Math.max(0, Number(query.get("page") ?? 0) || 0);
  const asked = new URLSearchParams({ sort, limit: String(pageSize), offset: String(page * pageSize) });
  if (search.trim() !== "") asked.set("search", search);
  if (level !== "") asked.set("level", level);
  const overview = usePolled<OverviewDocument>(client, "overview");
  const { document: found, error } = usePolled<StrategiesDocument>(client, `strategies?${asked}`);
  const go = (change: { readonly [name: string]: string }) =>
    replacePlace(linkTo(pipeline, "strategies", { query: { search, level, sort, page: "", ...change } }));
  return (
    <>
      <h1>Strategies</h1>
      {overview.document !== undefined && <Overview overview={overview.document} />}
      <Trouble error={error ?? overview.error} />
      <search class="filters">
        <label>
          <span class="unseen">Filter by name, category or downstream</span>
          <input
            type="search"
            placeholder="Name, category, downstream"
            value={search}
            onInput={({ currentTarget }) => go({ search: currentTarget.value })}
          />
        </label>
        <fieldset class="levels">
          <legend class="unseen">Level</legend>
          {levels.map((each) => (
            <label key={each} class={`chip ${each}`}>
              <input
                type="checkbox"
                checked={level === each}
                onChange={() => go({ level: level === each ? "" : each })}
              />
              {each} {overview.document === undefined ? "" : count(overview.document.strategies[each])}
            </label>
          ))}
        </fieldset>
        <label>
          <span class="unseen">Order</span>
          <select value={sort} onChange={({ currentTarget }) => go({ sort: currentTarget.value })}>
            {Object.entries(sorts).map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </search>
      {found === undefined ? error === undefined && <Loading /> : <Found {...{ found, page, pipeline, go }} />}
    </>
  );
}

interface FoundProps {
  readonly found: StrategiesDocument;
  readonly page: number;
  readonly pipeline: string;
  readonly go: (change: { readonly [name: string]: string }) => void;
}

function Found({ found, page, pipeline, go }: FoundProps) {
  const { items, matching, total, historyMs } = found;
  const last = Math.max(0, Math.ceil(matching / pageSize) - 1);
  if (total === 0) return <Empty>There is no strategy, and nothing is left of one.</Empty>;
  if (matching === 0) return <Empty>None of {count(total)} strategies fits.</Empty>;
  return (
    <>
      <div class="scroll">
        <table class="strategies">
          <thead>
            <tr>
              <th scope="col">Strategy</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Due
              </th>
              <th scope="col" class="number">
                Waiting
              </th>
              <th scope="col" class="number">
                In flight
              </th>
              <th scope="col" class="number">
                Oldest
              </th>
              <th scope="col">Age</th>
              <th scope="col">Rate</th>
              <th scope="col">Errors</th>
            </tr>
          </thead>
          <tbody>
            {items.map((row) => (
              <Row key={row.name} row={row} pipeline={pipeline} historyMs={historyMs} />
            ))}
          </tbody>
        </table>
      </div>
      {last > 0 && (
        <nav class="pages" aria-label="Pages of strategies">
          <button type="button" disabled={page === 0} onClick={() => go({ page: String(page - 1) })}>
            Back
          </button>
          <span>
            {count(page * pageSize + 1)}–{count(Math.min(matching, (page + 1) * pageSize))} of {count(matching)}
          </span>
          <button type="button" disabled={page >= last} onClick={() => go({ page: String(page + 1) })}>
            Next
          </button>
        </nav>
      )}
    </>
  );
}

interface RowProps {
  readonly row: StrategyWithHistory;
  readonly pipeline: string;
  readonly historyMs: number;
}

function Row({ row, pipeline, historyMs }: RowProps) {
  const { name, category, downstream, level, why, due, blocked, waiting, leased, oldestAgeMs, history } = row;
  const each = (value: number) => `${count(value)} in ${duration(historyMs)}`;
  return (
    <tr>
      <th scope="row">
        <a href={linkTo(pipeline, "strategy", { name })}>{visible(name)}</a>
        <span class="quiet under">
          {visible(category ?? "unknown category")} → {visible(downstream ?? "unknown downstream")}
        </span>
      </th>
      <td data-title="State">
        <LevelBadge level={level} why={why} />
      </td>
      <td data-title="Due" class="number">
        {count(due + blocked)}
      </td>
      <td data-title="Waiting" class="number">
        {count(waiting)}
      </td>
      <td data-title="In flight" class="number">
        {count(leased)}
      </td>
      <td data-title="Oldest" class="number">
        {age(oldestAgeMs)}
      </td>
      <td data-title="Age">
        <Sparkline values={history?.ageMs} label="Age" kind="age" show={age} />
      </td>
      <td data-title="Rate">
        <Sparkline values={history?.delivered} label="Delivered by this process" kind="rate" show={each} />
      </td>
      <td data-title="Errors">
        <Sparkline values={history?.failed} label="Failed in this process" kind="errors" show={each} />
      </td>
    </tr>
  );
}
