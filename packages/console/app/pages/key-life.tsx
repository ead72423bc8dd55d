import { useState } from "preact/hooks";
import type { ExplainDocument, PreviewDocument } from "../../src/api/shapes.ts";
import type { Client } from "../api.ts";
import { Unanswered } from "../api.ts";
import { duration, plural, visible } from "../format.ts";
import { Trouble } from "../parts/notices.tsx";
import { linkTo } from "../place.tsx";
import { PreviewView } from "./preview-view.tsx";

interface KeyLifeProps {
  readonly client: Client;
  readonly pipeline: string;
  /** The strategy that is asked about, in front of the others. */
  readonly first: string;
  readonly report: ExplainDocument;
  readonly condition: object;
}

type AtStrategy = ExplainDocument["strategies"][number];
type Delivery = AtStrategy["deliveries"][number];

export function KeyLife({ client, pipeline, first, report, condition }: KeyLifeProps) {
  const { category, key, changes, refused, isCut, strategies } = report;
  const ordered = strategies.toSorted(
    (one, other) => Number(other.strategy === first) - Number(one.strategy === first),
  );
  return (
    <section aria-label="Life of the key" class="life">
      <h2>
        {visible(category)} <code>{visible(key)}</code>
      </h2>
      <ul class="facts-list">
        {changes.map(({ strategy, ageMs }, at) => (
          <li key={at}>
            Recorded {duration(ageMs)} ago, not yet dispatched
            {strategy === null ? "" : `, for ${visible(strategy)} alone`}.
          </li>
        ))}
        {refused.map(({ reason, ageMs }, at) => (
          <li key={at} class="words">
            Recorded {duration(ageMs)} ago, and refused: {visible(reason)}
          </li>
        ))}
        {changes.length + refused.length === 0 && <li>Nothing recorded of it waits for dispatch.</li>}
        {isCut && <li>More changes of the category wait than were looked at: there may be others of this key.</li>}
      </ul>
      {strategies.length === 0 && <p>No strategy wants this category.</p>}
      {ordered.map((each) => (
        <Strategy key={each.strategy} {...{ client, pipeline, at: each, condition }} />
      ))}
    </section>
  );
}

interface StrategyProps {
  readonly client: Client;
  readonly pipeline: string;
  readonly at: AtStrategy;
  readonly condition: object;
}

function Strategy({ client, pipeline, at, condition }: StrategyProps) {
  const [preview, setPreview] = useState<PreviewDocument>();
  const [error, setError] = useState<Unanswered>();
  const look = async () => {
    setError(undefined);
    try {
      setPreview(await client.post<PreviewDocument>("preview", { strategy: at.strategy, condition }));
    } catch (failure) {
      setPreview(undefined);
      if (!(failure instanceof Unanswered)) throw failure;
      setError(failure);
    }
  };
  return (
    <article class="card">
      <h3>
        <a href={linkTo(pipeline, "strategy", { name: at.strategy })}>{visible(at.strategy)}</a>
      </h3>
      <ul class="facts-list">
        {at.condition !== "sound" && <li>{conditionWords[at.condition]}</li>}
        {at.problems.map(({ at: place, message }) => (
          <li key={`${place} ${message}`} class="words">
            {visible(place)}: {visible(message)}
          </li>
        ))}
        {at.paused && <li>Paused: no worker claims it.</li>}
        {at.deliveries.length === 0 && (
          <li>
            Nothing is owed: all that was dispatched to it is delivered, or nothing was recorded since it is there.
          </li>
        )}
        {at.deliveries.map((delivery) => (
          <li key={delivery.id}>
            <DeliveryWords {...delivery} />
          </li>
        ))}
      </ul>
      {client.session.preview && at.condition === "sound" && (
        <button type="button" onClick={() => void look()}>
          Preview
        </button>
      )}
      <Trouble error={error} />
      {preview !== undefined && <PreviewView preview={preview} />}
    </article>
  );
}

const conditionWords = {
  invalid: "The strategy is invalid: nothing is delivered before it is mended.",
  disabled: "The strategy is disabled: its row says so.",
  unknown: "No running worker has this strategy: it was renamed or removed.",
};

function DeliveryWords({ id, state, dueInMs, operation, attempts, ageMs, failure }: Delivery) {
  return (
    <>
      <strong>{stateWords(state, dueInMs)}</strong>
      {attempts > 0 && `, after ${plural(attempts, "attempt")}`}; as {operation}, recorded {duration(ageMs)} ago.{" "}
      <span class="quiet">Delivery {id}</span>
      {failure !== undefined && (
        <div class="words">
          Last failure: {visible(failure.kind)}, <code>{visible(failure.code)}</code> {visible(failure.message)}
        </div>
      )}
    </>
  );
}

function stateWords(state: Delivery["state"], dueInMs: number): string {
  switch (state) {
    case "due":
      return `Due for ${duration(Math.max(0, -dueInMs))}: waits for a worker's turn`;
    case "waiting":
      return `Waits for another ${duration(Math.max(0, dueInMs))}`;
    case "leased":
      return "In flight now";
    case "behind":
      return "Behind an earlier one of its key";
    case "dead":
      return "Dead";
    case "held":
      return "Held for a person: the downstream may have acted on it";
  }
}
