import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chart } from "./chart.ts";
import type { Result } from "./results-file.ts";
import { summarise } from "./statistics.ts";
import { table } from "./table.ts";
import { judge, targetsTable } from "./targets.ts";

/**
 * Writes what was measured into the documentation: `benchmarks/` is made anew (all tables, a chart each, the figures as
 * JSON), and `performance.md` gets the targets between its two marks. Rejects if the marks are not there.
 */
export async function writeDocuments(docs: string, results: readonly Result[]): Promise<void> {
  const page = join(docs, "performance.md");
  const text = fill(await readFile(page, "utf8"), "targets", targetsTable(judge(results)));
  const folder = join(docs, "benchmarks");
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) if (name.endsWith(".svg")) await rm(join(folder, name));
  for (const result of results) await writeFile(join(folder, `${result.scenario}.svg`), chart(result));
  await writeFile(join(folder, "README.md"), overview(results));
  // A scenario per line.
  const figures = results.map((result) => ({ ...result, repeats: result.repeats.length, summary: summarise(result) }));
  await writeFile(join(folder, "results.jsonl"), figures.map((figure) => `${JSON.stringify(figure)}\n`).join(""));
  await writeFile(page, text);
}

function overview(results: readonly Result[]): string {
  const sections = results.map((result) => {
    const { scenario, at, machine, title } = result;
    const { cores, processor, memoryGiB, platform, node, postgres, durability } = machine;
    const where = `${cores} × ${processor}, ${memoryGiB} GiB, ${platform}, Node ${node}, PostgreSQL ${postgres} (${durability})`;
    const small = result.quick ? " Small loads (`--quick`)." : "";
    const when = `Run on ${at.slice(0, 10)}: ${where}.${small}`;
    return `## ${scenario}\n\n${table(result)}\n${when}\n\n![${title}](${scenario}.svg)\n`;
  });
  return `# Benchmark results

Written by \`npm run bench -- --write-docs\`; [how it is measured](../../bench/README.md), [what to make of it](../performance.md).
Ratios are made within a repeat; figures are medians of the calmer half of the repeats, with the least and the most.

${sections.join("\n")}`;
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
export function fill(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`There is no "${open}" … "${close}" to fill.`);
  return `${text.slice(0, from + open.length)}\n${content}\n${text.slice(to)}`;
}
