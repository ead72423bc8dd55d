import type { AuditEntry, AuditQuery } from "@syncline/core/spi";
import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import { type Column, table } from "../table.ts";

const columns: readonly Column<AuditEntry>[] = [
  { title: "WHEN", of: ({ at }) => new Date(at).toISOString().slice(0, 19).replace("T", " ") },
  { title: "WHO", of: ({ actor }) => actor },
  { title: "DID", of: ({ action }) => action },
  { title: "COUNT", of: ({ count }) => count ?? "-", right: true },
  { title: "STRATEGY", of: ({ strategy }) => strategy ?? "-" },
  { title: "TO WHAT", of: ({ selection }) => (selection === "{}" ? "-" : selection) },
  { title: "WHY", of: ({ reason }) => reason ?? "-" },
];

/** Who did what, and why; the newest first. */
export async function audit(context: Context, query: AuditQuery): Promise<ExitCode> {
  const page = await context.pipeline.audit.list(query);
  answer(context, page, () => {
    if (page.items.length === 0) return "Nothing of the kind was done.";
    const more = page.next === undefined ? [] : [`There are older ones: --after ${page.next}.`];
    return [table(columns, page.items), ...more].join("\n");
  });
  return 0;
}
