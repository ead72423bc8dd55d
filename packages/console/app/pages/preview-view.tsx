import type { PreviewDocument } from "../../src/api/shapes.ts";
import { plural, visible } from "../format.ts";

/** What would be sent, as it is: texts of the database and of the transport, never markup. */
export function PreviewView({ preview }: { readonly preview: PreviewDocument }) {
  const { statements, rows, operation, call, request } = preview;
  return (
    <div class="preview">
      <p>
        {operation === "none"
          ? "Nothing would be sent: the strategy skips absent keys, or makes dead letters of them."
          : `It would be sent as ${operation}. Nothing was sent.`}
      </p>
      {request !== undefined && <Text title="Request" text={pretty(request)} open />}
      {request === undefined && call !== undefined && (
        <Text title="Content" text={call.items.map(({ json }) => json).join("\n")} open />
      )}
      <Text title={plural(rows.length, "row")} text={rows.map(pretty).join("\n")} />
      {statements.map((statement) => (
        <Text key={statement.text} title="Statement" text={`${statement.text}\n\n${pretty(statement.parameters)}`} />
      ))}
    </div>
  );
}

function Text({
  title,
  text,
  open = false,
}: {
  readonly title: string;
  readonly text: string;
  readonly open?: boolean;
}) {
  return (
    <details open={open}>
      <summary>{title}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre tabIndex={0}>{visible(text, true)}</pre>
    </details>
  );
}

function pretty(value: unknown): string {
  return JSON.stringify(value, undefined, 2) ?? "";
}
