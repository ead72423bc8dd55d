import type { ComponentChildren } from "preact";
import type { Unanswered } from "../api.ts";
import { visible } from "../format.ts";

/** What went wrong, said where it is noticed by whoever hears the page, too. */
export function Trouble({ error }: { readonly error: Unanswered | undefined }) {
  if (error === undefined) return null;
  return (
    <div class="notice error" role="alert">
      <strong>{error.code}</strong> <span class="words">{visible(error.message, true)}</span>
    </div>
  );
}

/** The database does not answer now, and what is shown is of earlier. */
export function Stale({ stale, at }: { readonly stale: string | null; readonly at: number }) {
  if (stale === null) return null;
  return (
    <div class="notice warn" role="status">
      As of {new Date(at).toLocaleTimeString()}: {visible(stale)}
    </div>
  );
}

export function Loading() {
  return (
    <p class="quiet" role="status">
      Asking the database…
    </p>
  );
}

export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}
