import { useEffect, useState } from "preact/hooks";
import type { DeadLettersDocument } from "../../src/api/shapes.ts";
import type { Client } from "../api.ts";
import { Unanswered } from "../api.ts";
import { ago, count, plural, visible } from "../format.ts";
import type { Question } from "../parts/ask.tsx";
import { Empty, Loading, Trouble } from "../parts/notices.tsx";
import { linkTo } from "../place.tsx";

/** Empty: any. */
export interface Filter {
  readonly strategy: string;
  readonly kind: string;
  readonly code: string;
  readonly key: string;
}

interface LettersProps {
  readonly client: Client;
  readonly filter: Filter;
  readonly pipeline: string;
  readonly onAsk: (question: Question) => void;
}

type Letter = DeadLettersDocument["items"][number];

/** One by one, a page after the other. What is chosen stays chosen. */
export function Letters({ client, filter, pipeline, onAsk }: LettersProps) {
  const [items, setItems] = useState<readonly Letter[]>();
  const [next, setNext] = useState<string | null>(null);
  const [error, setError] = useState<Unanswered>();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const load = async (after: string | null) => {
    const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ""));
    try {
      const body = { ...given, limit: 50, ...(after === null ? {} : { after }) };
      const page = await client.post<DeadLettersDocument>("dead-letters", body);
      setError(undefined);
      setItems((before = []) => (after === null ? page.items : [...before, ...page.items]));
      setNext(page.next);
    } catch (failure) {
      if (!(failure instanceof Unanswered)) throw failure;
      setError(failure);
    }
  };
  useEffect(() => void load(null), []);
  const choose = (ids: readonly string[], isChosen: boolean) =>
    setChosen((before) => {
      const after = new Set(before);
      for (const id of ids)
        if (isChosen) after.add(id);
        else after.delete(id);
      return after;
    });
  const ask = (action: "requeue" | "discard") =>
    onAsk({
      action,
      title: `${action === "requeue" ? "Requeue" : "Discard"} ${plural(chosen.size, "letter")}`,
      body: { ids: [...chosen] },
      isFinal: action === "discard",
    });
  const shown = items ?? [];
  const isAll = shown.length > 0 && shown.every(({ id }) => chosen.has(id));
  return (
    <section aria-labelledby="letters">
      <h2 id="letters">One by one</h2>
      <Trouble error={error} />
      {items === undefined && error === undefined && <Loading />}
      {items?.length === 0 && <Empty>None is left.</Empty>}
      {shown.length > 0 && (
        <>
          {client.isOperator && (
            <div class="buttons">
              <label>
                <input
                  type="checkbox"
                  checked={isAll}
                  onChange={({ currentTarget }) =>
                    choose(
                      shown.map(({ id }) => id),
                      currentTarget.checked,
                    )
                  }
                />{" "}
                All {count(shown.length)} shown
              </label>
              <button type="button" disabled={chosen.size === 0} onClick={() => ask("requeue")}>
                Requeue {count(chosen.size)}
              </button>
              <button type="button" disabled={chosen.size === 0} onClick={() => ask("discard")}>
                Discard {count(chosen.size)}
              </button>
            </div>
          )}
          <ul class="letters">
            {shown.map((letter) => (
              <LetterItem
                key={letter.id}
                letter={letter}
                pipeline={pipeline}
                isChosen={chosen.has(letter.id)}
                onChoose={client.isOperator ? (isChosen) => choose([letter.id], isChosen) : undefined}
              />
            ))}
          </ul>
          {next !== null && (
            <button type="button" onClick={() => void load(next)}>
              More
            </button>
          )}
        </>
      )}
    </section>
  );
}

interface LetterItemProps {
  readonly letter: Letter;
  readonly pipeline: string;
  readonly isChosen: boolean;
  readonly onChoose: ((isChosen: boolean) => void) | undefined;
}

function LetterItem({ letter, pipeline, isChosen, onChoose }: LetterItemProps) {
  const { id, strategy, key, state, attempts, failure, diedAt } = letter;
  return (
    <li>
      {onChoose !== undefined && (
        <input
          type="checkbox"
          aria-label={`Choose ${id}`}
          checked={isChosen}
          onChange={({ currentTarget }) => onChoose(currentTarget.checked)}
        />
      )}
      <div>
        <a href={linkTo(pipeline, "key", { query: { strategy, key } })}>
          <code>{visible(key)}</code>
        </a>{" "}
        <span class="quiet">
          {visible(strategy)} · {state === "held" ? "held for a person" : "dead"} · {plural(attempts, "attempt")} ·{" "}
          {ago(diedAt, Date.now())} · {id}
        </span>
        <div class="words">
          <code>{visible(failure.code)}</code> {visible(failure.message)}
        </div>
      </div>
    </li>
  );
}
