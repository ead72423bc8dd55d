import type { Health } from "@syncline/core";
import { ago, visible } from "../format.ts";

export function Problems({ problems }: { readonly problems: Health["problems"] }) {
  if (problems.length === 0) return null;
  return (
    <ul class="problems" aria-label="Problems">
      {problems.map(({ part, since, code, message }) => (
        <li key={`${part} ${code}`}>
          <strong>{visible(part)}</strong> <code>{visible(code)}</code>{" "}
          <span class="quiet">since {ago(Date.parse(since), Date.now())}</span>
          <div class="words">{visible(message)}</div>
        </li>
      ))}
    </ul>
  );
}
