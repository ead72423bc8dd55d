import { useState } from "preact/hooks";
import type { StrategiesDocument, StrategyWithHistory } from "../../src/api/shapes.ts";
import type { Client } from "../api.ts";
import { age, count, duration, visible } from "../format.ts";
import { Ask, type Question } from "../parts/ask.tsx";
import { Circuit } from "../parts/lanes.tsx";
import { LevelBadge } from "../parts/level.tsx";
import { Loading, Stale, Trouble } from "../parts/notices.tsx";
import { Problems } from "../parts/problems.tsx";
import { Sparkline } from "../parts/sparkline.tsx";
import { linkTo, type Place } from "../place.tsx";
import { usePolled } from "../polling.tsx";
import { Shadow } from "./shadow.tsx";

/** One strategy: its lane, its history, and what can be done. */
export function StrategyPage({ place, client }: { readonly place: Place; readonly client: Client }) {
  const {
    document: found,
    error,
    reload,
  } = usePolled<StrategiesDocument>(client, `strategies/${encodeURIComponent(place.name)}`);
  const [question, setQuestion] = useState<Question>();
  const [done, setDone] = useState<string>();
  const [row] = found?.items ?? [];
  return (
    <>
      <p class="trail">
        <a href={linkTo(place.pipeline, "strategies")}>Strategies</a>
      </p>
      <h1>{visible(place.name)}</h1>
      <Trouble error={error} />
      {found === undefined && error === undefined && <Loading />}
      {found !== undefined && <Stale {...found} />}
      {done !== undefined && (
        <div class="notice ok" role="status">
          {done}
        </div>
      )}
      {row !== undefined && found !== undefined && (
        <>
          <Facts row={row} />
          {client.isOperator && <Actions row={row} onAsk={setQuestion} />}
          <Links row={row} pipeline={place.pipeline} />
          <Problems problems={row.problems} />
          {row.mode === "shadow" && client.session.preview && <Shadow client={client} strategy={row.name} />}
          <Charts row={row} historyMs={found.historyMs} />
        </>
      )}
      {question !== undefined && (
        <Ask
          client={client}
          question={question}
          onClose={(words) => {
            setQuestion(undefined);
            setDone(words);
            if (words !== undefined) reload();
          }}
        />
      )}
    </>
  );
}

function Facts({ row }: { readonly row: StrategyWithHistory }) {
  const facts = [
    ["State", <LevelBadge key="level" level={row.level} why={row.why} />],
    ["Category", visible(row.category ?? "unknown")],
    ["Downstream", visible(row.downstream ?? "unknown")],
    ["Due", count(row.due)],
    ["Behind an earlier one of their key", count(row.blocked)],
    ["Waiting", count(row.waiting)],
    ["In flight", count(row.leased)],
    ["Dead", count(row.dead)],
    ["Held for a person", count(row.held)],
    ["Oldest", age(row.oldestAgeMs)],
    ...(row.lane === null ? [] : ([["Circuit", <Circuit key="circuit" {...row.lane} />]] as const)),
  ] as const;
  return (
    <dl class="facts">
      {facts.map(([title, value]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Actions({ row, onAsk }: { readonly row: StrategyWithHistory; readonly onAsk: (question: Question) => void }) {
  const body = { strategy: row.name };
  const name = visible(row.name);
  return (
    <div class="buttons">
      {row.mode === "shadow" && (
        <button type="button" class="primary" onClick={() => onAsk(liveQuestion(row))}>
          Make live
        </button>
      )}
      {row.paused ? (
        <button type="button" onClick={() => onAsk({ action: "resume", title: `Resume ${name}`, body })}>
          Resume
        </button>
      ) : (
        <button
          type="button"
          onClick={() =>
            onAsk({
              action: "pause",
              title: `Pause ${name}`,
              body,
              children: <p>No worker claims it until it is resumed. Its changes go on collecting.</p>,
            })
          }
        >
          Pause
        </button>
      )}
      <button
        type="button"
        onClick={() =>
          onAsk({
            action: "backfill",
            title: `Backfill ${name}`,
            body,
            children: <p>All keys of the table that its category names are sent to it.</p>,
          })
        }
      >
        Backfill
      </button>
    </div>
  );
}

function liveQuestion({ name, shadowOf }: StrategyWithHistory): Question {
  const other = shadowOf === null ? "" : visible(shadowOf);
  return {
    action: "make-live",
    title: `Make ${visible(name)} live`,
    body: { strategy: name },
    children: <p>From now on it sends. What does not change is not sent: backfill it afterwards.</p>,
    ...(shadowOf === null
      ? {}
      : {
          choice: {
            ...{ field: "others", title: `${other} sends the same keys` },
            options: {
              replace: `Remove ${other}, and hand on what it still owes`,
              keep: `Keep ${other}: both send`,
            },
          },
        }),
  };
}

function Links({ row, pipeline }: { readonly row: StrategyWithHistory; readonly pipeline: string }) {
  return (
    <p class="links">
      {row.dead + row.held > 0 && (
        <a href={linkTo(pipeline, "dead", { query: { strategy: row.name } })}>
          {count(row.dead + row.held)} dead or held
        </a>
      )}
      {row.category !== null && (
        <a href={linkTo(pipeline, "key", { query: { category: row.category, strategy: row.name } })}>Look at one key</a>
      )}
    </p>
  );
}

function Charts({ row, historyMs }: { readonly row: StrategyWithHistory; readonly historyMs: number }) {
  const each = (value: number) => `${count(value)} in ${duration(historyMs)}`;
  const span = duration(historyMs * 60);
  return (
    <div class="charts">
      <Chart title={`Age of the oldest, last ${span}`}>
        <Sparkline large values={row.history?.ageMs} label="Age" kind="age" show={age} />
      </Chart>
      <Chart title="Keys that wait">
        <Sparkline large values={row.history?.waiting} label="Keys that wait" kind="age" show={count} />
      </Chart>
      <Chart title="Delivered by this process">
        <Sparkline large values={row.history?.delivered} label="Delivered" kind="rate" show={each} />
      </Chart>
      <Chart title="Failed in this process">
        <Sparkline large values={row.history?.failed} label="Failed" kind="errors" show={each} />
      </Chart>
    </div>
  );
}

function Chart({ title, children }: { readonly title: string; readonly children: preact.ComponentChildren }) {
  return (
    <figure>
      <figcaption>{title}</figcaption>
      {children}
    </figure>
  );
}
