import { useState } from "preact/hooks";
import type { ShadowDocument } from "../../src/api/shapes.ts";
import type { Client } from "../api.ts";
import { Unanswered } from "../api.ts";
import { differences } from "../difference.ts";
import { count, visible } from "../format.ts";
import { Empty, Trouble } from "../parts/notices.tsx";

type Key = ShadowDocument["sample"][number];

/** What a shadow would have sent, beside what the live strategy sent. Shows rows, so it is asked for. */
export function Shadow({ client, strategy }: { readonly client: Client; readonly strategy: string }) {
  const [report, setReport] = useState<ShadowDocument>();
  const [error, setError] = useState<Unanswered>();
  const look = async () => {
    setError(undefined);
    try {
      setReport(await client.get<ShadowDocument>(`shadows/${encodeURIComponent(strategy)}`));
    } catch (failure) {
      setReport(undefined);
      if (!(failure instanceof Unanswered)) throw failure;
      setError(failure);
    }
  };
  return (
    <section aria-label="Shadow">
      <h2>A shadow: nothing of it is sent</h2>
      <button type="button" onClick={() => void look()}>
        Compare with what is live
      </button>
      <Trouble error={error} />
      {report !== undefined && <Report report={report} />}
    </section>
  );
}

function Report({ report: { shadowOf, counts, sample } }: { readonly report: ShadowDocument }) {
  const numbers = Object.entries(counts).map(([name, value]) => `${name} ${count(Number(value))}`);
  return (
    <>
      <p>
        {numbers.join(", ")}, in this process.{" "}
        {shadowOf === undefined ? "It is held against no strategy." : `Held against ${visible(shadowOf)}.`}
      </p>
      {sample.length === 0 && <Empty>Nothing yet, in this process.</Empty>}
      {sample.map((each) => (
        <article key={each.key} class="card">
          <h3>
            <code>{visible(each.key)}</code> <span class={`level ${levelOf(each)}`}>{wordsOf(each)}</span>
          </h3>
          {each.isSame === false && <Different {...each} />}
          <div class="sides">
            <Side title="Shadow" call={each.shadow} />
            <Side title="Live" call={each.live} />
          </div>
        </article>
      ))}
    </>
  );
}

/** From what is live to the shadow, line by line. */
function Different({ shadow, live }: Key) {
  const lines = differences(linesOf(live), linesOf(shadow));
  if (lines === undefined) return <p class="quiet">Too long to be compared line by line.</p>;
  return (
    <figure class="preview">
      <figcaption>From live (−) to shadow (+)</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre tabIndex={0} class="difference">
        {lines.map(({ sign, text }, at) => {
          const line = `${sign} ${visible(text)}\n`;
          const key = `${at} ${sign}`;
          if (sign === "−") return <del key={key}>{line}</del>;
          return sign === "+" ? <ins key={key}>{line}</ins> : <span key={key}>{line}</span>;
        })}
      </pre>
    </figure>
  );
}

function linesOf(call: Key["live"]): readonly string[] {
  if (call === undefined) return [];
  const body = JSON.stringify(call.body, undefined, 2) ?? "(no content is kept)";
  return [call.operation, ...body.split("\n")];
}

function Side({ title, call }: { readonly title: string; readonly call: Key["live"] }) {
  const text = call === undefined ? "Nothing, as far as is known here." : JSON.stringify(call.body, undefined, 2);
  return (
    <figure class="preview">
      <figcaption>
        {title} {call === undefined ? "" : call.operation}
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre tabIndex={0}>{visible(text ?? "Not shown: too large, or a delete.", true)}</pre>
    </figure>
  );
}

function levelOf({ isSame }: Key): string {
  return isSame === undefined ? "paused" : isSame ? "ok" : "warn";
}

function wordsOf({ isSame }: Key): string {
  return isSame === undefined ? "cannot be compared" : isSame ? "the same" : "different";
}
