import { useState } from "preact/hooks";
import type { CausesDocument } from "../../src/api/shapes.ts";
import type { Client } from "../api.ts";
import { ago, count, plural, visible } from "../format.ts";
import { Ask, type Question } from "../parts/ask.tsx";
import { Empty, Loading, Stale, Trouble } from "../parts/notices.tsx";
import { linkTo, type Place, replacePlace } from "../place.tsx";
import { usePolled } from "../polling.tsx";
import { type Filter, Letters } from "./letters.tsx";

type Cause = CausesDocument["causes"][number];

/** So many are drawn at once. */
const shownCauses = 100;

/** What died, grouped by what it died of: as one, or one by one. */
export function DeadLettersPage({ place, client }: { readonly place: Place; readonly client: Client }) {
  const { document: found, error, reload } = usePolled<CausesDocument>(client, "causes");
  const [question, setQuestion] = useState<Question>();
  const [done, setDone] = useState<string>();
  const [round, setRound] = useState(0);
  const [most, setMost] = useState(shownCauses);
  const filter = filterOf(place.query);
  const go = (next: Filter) => replacePlace(linkTo(place.pipeline, "dead", { query: { ...next } }));
  const fitting = found?.causes.filter((cause) => fits(cause, filter)) ?? [];
  const letters = fitting.reduce((all, cause) => all + cause.count, 0);
  const isChosen = Object.values(filter).some((value) => value !== "");
  return (
    <>
      <h1>Dead letters</h1>
      <Trouble error={error} />
      {found !== undefined && <Stale {...found} />}
      {done !== undefined && (
        <div class="notice ok" role="status">
          {done}
        </div>
      )}
      {found === undefined && error === undefined && <Loading />}
      {found?.causes.length === 0 && <Empty>Nothing is dead, and nothing is held for a person.</Empty>}
      {found !== undefined && found.causes.length > 0 && (
        <>
          <p>
            {plural(letters, "letter")} of {plural(fitting.length, "cause")}
            {isChosen && (
              <>
                {" "}
                for <Chosen filter={filter} />{" "}
                <button type="button" class="link" onClick={() => go({ strategy: "", kind: "", code: "", key: "" })}>
                  Show all
                </button>
              </>
            )}
          </p>
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col" class="number">
                    Count
                  </th>
                  <th scope="col">Strategy</th>
                  <th scope="col">Failure</th>
                  <th scope="col">For example</th>
                  <th scope="col">Died</th>
                  <th scope="col">
                    <span class="unseen">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {fitting.slice(0, most).map((cause) => (
                  <CauseRow
                    key={`${cause.strategy}\n${cause.kind}\n${cause.code}`}
                    cause={cause}
                    pipeline={place.pipeline}
                    onAsk={client.isOperator ? setQuestion : undefined}
                  />
                ))}
              </tbody>
            </table>
          </div>
          {fitting.length > most && (
            <button type="button" onClick={() => setMost(most + shownCauses)}>
              More causes
            </button>
          )}
        </>
      )}
      {isChosen && (
        <Letters
          key={`${JSON.stringify(filter)} ${round}`}
          client={client}
          filter={filter}
          onAsk={setQuestion}
          pipeline={place.pipeline}
        />
      )}
      {question !== undefined && (
        <Ask
          client={client}
          question={question}
          onClose={(words) => {
            setQuestion(undefined);
            setDone(words);
            if (words === undefined) return;
            setRound(round + 1);
            reload();
          }}
        />
      )}
    </>
  );
}

interface CauseRowProps {
  readonly cause: Cause;
  readonly pipeline: string;
  readonly onAsk: ((question: Question) => void) | undefined;
}

function CauseRow({ cause, pipeline, onAsk }: CauseRowProps) {
  const { strategy, kind, code, message, held, oldestDiedAt, newestDiedAt } = cause;
  const now = Date.now();
  const ask = (action: "requeue" | "discard") =>
    onAsk?.({
      action,
      title: `${action === "requeue" ? "Requeue" : "Discard"} ${plural(cause.count, "letter")} of ${visible(strategy)}`,
      body: { strategy, kind, code },
      isFinal: action === "discard",
      children: (
        <>
          <p>
            All that died of <code>{visible(code)}</code>, also those that die of it meanwhile.
          </p>
          {held > 0 && (
            <p class="notice warn">
              {plural(held, "of them is", "of them are")} held for a person: the downstream may have acted on{" "}
              {held === 1 ? "it" : "them"} already.
            </p>
          )}
          <p>
            {action === "requeue"
              ? "The current rows go out, with fresh attempts."
              : "They are forgotten for good. A later change of the same key goes out as ever."}
          </p>
        </>
      ),
    });
  return (
    <tr>
      <td data-title="Count" class="number">
        <b>{count(cause.count)}</b>
        {held > 0 && <span class="quiet under">{count(held)} held</span>}
      </td>
      <td data-title="Strategy">
        <a href={linkTo(pipeline, "strategy", { name: strategy })}>{visible(strategy)}</a>
      </td>
      <td data-title="Failure">
        <a href={linkTo(pipeline, "dead", { query: { strategy, kind, code } })}>
          <code>{visible(code)}</code>
        </a>
        <span class="quiet under">{visible(kind)}</span>
      </td>
      <td data-title="For example" class="words">
        {visible(message)}
      </td>
      <td data-title="Died" class="nowrap">
        {ago(newestDiedAt, now)}
        {oldestDiedAt < newestDiedAt && <span class="quiet under">first {ago(oldestDiedAt, now)}</span>}
      </td>
      <td class="acts">
        {onAsk !== undefined && (
          <div class="buttons">
            <button type="button" onClick={() => ask("requeue")} aria-label={`Requeue all ${code} of ${strategy}`}>
              Requeue
            </button>
            <button type="button" onClick={() => ask("discard")} aria-label={`Discard all ${code} of ${strategy}`}>
              Discard
            </button>
          </div>
        )}
      </td>
    </tr>
  );
}

function Chosen({ filter }: { readonly filter: Filter }) {
  const parts = Object.entries(filter).filter(([, value]) => value !== "");
  return (
    <>
      {parts.map(([name, value]) => (
        <span key={name} class="tag">
          {name} <code>{visible(value)}</code>
        </span>
      ))}
    </>
  );
}

function filterOf(query: URLSearchParams): Filter {
  const text = (name: string) => query.get(name) ?? "";
  return { strategy: text("strategy"), kind: text("kind"), code: text("code"), key: text("key") };
}

function fits(cause: Cause, { strategy, kind, code }: Filter): boolean {
  return (
    (strategy === "" || cause.strategy === strategy) &&
    (kind === "" || cause.kind === kind) &&
    (code === "" || cause.code === code)
  );
}
