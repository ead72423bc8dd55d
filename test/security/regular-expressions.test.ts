import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import ts from "typescript";
import { expect, it } from "vitest";

/**
 * Each regular expression of the sources meets long texts made of what it looks for. One that needs more than the text's
 * length for it, the square of 60,000, or worse, is still at it when the watch is over; a sound one is done in milliseconds.
 */
const length = 60_000;
const patienceMs = 1_500;
const packages = fileURLToPath(new URL("../../packages/", import.meta.url));

interface Found {
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

async function sources(): Promise<readonly string[]> {
  const files = await readdir(packages, { recursive: true });
  return files.filter(
    (file) => /(^|\/)src\/.*\.ts$/.test(file) && !/node_modules|\/testing\/|\.test(-d)?\.ts$/.test(file),
  );
}

async function expressions(): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const file of await sources()) {
    const path = join(packages, file);
    const parsed = ts.createSourceFile(path, await readFile(path, "utf8"), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) {
        const end = node.text.lastIndexOf("/");
        const { line } = parsed.getLineAndCharacterOfPosition(node.getStart());
        const place = `${relative(packages, path)}:${line + 1} ${node.text}`;
        found.push({ place, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
      }
      ts.forEachChild(node, visit);
    };
    visit(parsed);
  }
  return found;
}

/** Runs in a thread of its own, since a regular expression cannot be interrupted. */
const thread = `
const { parentPort, workerData: { expressions, length } } = require("node:worker_threads");
const always = [" ", "0", "a", "/**/", "--\\n", "''"];
expressions.forEach(({ source, flags }, index) => {
  parentPort.postMessage(index);
  const expression = new RegExp(source, flags);
  const words = source.replace(/\\\\[a-zA-Z]/g, " ").match(/[A-Za-z]{3,}/g) ?? [];
  const units = new Set([...always, ...source.replace(/\\\\[a-zA-Z]|[\\^()|+*?]/g, ""), ...words.map((word) => word + " ")]);
  for (const unit of units) {
    for (const start of ["", "x", words[0] ?? "'"]) {
      const text = start + unit.repeat(Math.ceil(length / unit.length)) + "\\u0001";
      if (flags.includes("g")) text.replace(expression, "");
      else expression.test(text);
    }
  }
});
parentPort.postMessage(expressions.length);`;

/** The places of those that do not end. */
async function endless(found: readonly Found[]): Promise<readonly string[]> {
  const places: string[] = [];
  for (let from = 0; from < found.length; ) {
    const stuck = from + (await tryAll(found.slice(from)));
    const place = found[stuck]?.place;
    if (place !== undefined) places.push(place);
    from = stuck + 1;
  }
  return places;
}

/** The index of the first that does not end, or their number. */
async function tryAll(expressions: readonly Found[]): Promise<number> {
  const worker = new Worker(thread, { eval: true, workerData: { expressions, length } });
  try {
    return await new Promise((resolve, reject) => {
      let watch: NodeJS.Timeout | undefined;
      worker.on("error", reject);
      worker.on("message", (index: number) => {
        clearTimeout(watch);
        if (index === expressions.length) resolve(index);
        else watch = setTimeout(() => resolve(index), patienceMs);
      });
    });
  } finally {
    await worker.terminate();
  }
}

it("no regular expression of the sources takes for ever on a hostile text", async () => {
  const found = await expressions();
  expect(found.length).toBeGreaterThan(200);
  expect(await endless(found)).toEqual([]);
});

it.each([
  ["blanks at the end", "\\s+$", ""],
  ["a repetition that is repeated", "^(?:a+)+$", ""],
  ["comments that run into each other", "^(?:\\/\\*[\\s\\S]*?\\*\\/)*WITH", ""],
])("and would be found: %s", async (place, source, flags) => {
  expect(await endless([{ place, source, flags }])).toEqual([place]);
});
