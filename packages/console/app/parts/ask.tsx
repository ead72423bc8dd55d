import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ActionDocument } from "../../src/api/shapes.ts";
import type { Client } from "../api.ts";
import { Unanswered } from "../api.ts";
import { plural } from "../format.ts";
import { Trouble } from "./notices.tsx";

export interface Question {
  readonly action: "requeue" | "discard" | "pause" | "resume" | "backfill" | "make-live";
  /** What is done, and to what. */
  readonly title: string;
  readonly body: object;
  readonly children?: ComponentChildren;
  /** One of these has to be chosen: what it sends, and what it says. */
  readonly choice?: {
    readonly field: string;
    readonly title: string;
    readonly options: { readonly [value: string]: string };
  };
  readonly isFinal?: boolean;
}

interface AskProps {
  readonly client: Client;
  readonly question: Question;
  readonly onClose: (done: string | undefined) => void;
}

const verbs = {
  ...{ requeue: "Requeue", discard: "Discard", pause: "Pause", resume: "Resume", backfill: "Backfill" },
  "make-live": "Make live",
};

/** Asks for the reason, acts, and says what came of it. The browser keeps the keyboard inside. */
export function Ask({ client, question, onClose }: AskProps) {
  const { action, title, body, children, choice, isFinal = false } = question;
  const [chosen, setChosen] = useState<string>();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<Unanswered>();
  useEffect(() => dialog.current?.showModal(), []);
  const close = (done: string | undefined) => {
    // The browser takes the keyboard back to where it was.
    dialog.current?.close();
    onClose(done);
  };
  const act = async () => {
    setRunning(true);
    setError(undefined);
    try {
      close(words(action, await client.act(action, { ...body, ...(choice && { [choice.field]: chosen }), reason })));
    } catch (failure) {
      setRunning(false);
      if (failure instanceof Unanswered) setError(failure);
      else throw failure;
    }
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby="ask-title"
      onCancel={(event) => {
        event.preventDefault();
        if (!isRunning) close(undefined);
      }}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void act();
        }}
      >
        <h2 id="ask-title">{title}</h2>
        {children}
        {choice !== undefined && (
          <fieldset class="choice">
            <legend>{choice.title}</legend>
            {Object.entries(choice.options).map(([value, words]) => (
              <label key={value}>
                <input type="radio" name={choice.field} required onChange={() => setChosen(value)} /> {words}
              </label>
            ))}
          </fieldset>
        )}
        <label class="field">
          <span>Reason, kept in the audit</span>
          <textarea
            required
            maxLength={500}
            rows={3}
            value={reason}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </label>
        <Trouble error={error} />
        <div class="buttons">
          <button type="button" onClick={() => close(undefined)} disabled={isRunning}>
            Cancel
          </button>
          <button
            type="submit"
            class={isFinal ? "danger" : "primary"}
            disabled={isRunning || reason.trim() === "" || (choice !== undefined && chosen === undefined)}
          >
            {isRunning ? "Working…" : verbs[action]}
          </button>
        </div>
      </form>
    </dialog>
  );
}

const done = {
  requeue: "due again, with fresh attempts",
  discard: "forgotten",
  pause: "Paused",
  resume: "Resumed",
  backfill: "recorded for the strategy",
  "make-live": "It is live",
};

function words(action: Question["action"], { state, count }: ActionDocument): string {
  if (state === "running") return "It takes longer, and goes on. Look again in a while.";
  if (count === null) return `${done[action]}.`;
  return `${plural(count, action === "backfill" ? "key" : "dead letter")} ${done[action]}.`;
}
