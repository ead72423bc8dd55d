import type { AuditEntry, AuditQuery } from "@syncline/core/spi";
import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";
import { type Column, table } from "../table.ts";
import { wholeNumber } from "../values.ts";

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

export const registerAudit: Register = (program, { within }) => {
  program
    .command("audit")
    .description("what operators did, who and why; the newest first")
    .option("--action <name>", "requeue, discard, pause, resume, backfill, …")
    .option("--strategy <name>", "of this strategy")
    .option("--limit <count>", "at most so many", wholeNumber, 50)
    .option("--after <id>", "those before this entry")
    .action((query) => within((context) => audit(context, query)));
};
