/**
 * The paths that a request's target may come to behind proxies and servers of several makes: each step is one
 * that some server takes before it looks where a path leads, and they are taken in every order. Written apart
 * from what is tested.
 */
export function asServersRead(target: string): readonly string[] {
  // Everybody takes the query off before anything is decoded.
  const start = target.replace(/\?.*/s, "");
  const seen = new Set([start]);
  let fresh = [start];
  for (let depth = 0; depth < 6 && fresh.length > 0; depth += 1) {
    const next = new Set<string>();
    for (const text of fresh) for (const step of steps) next.add(step(text));
    fresh = [...next].filter((text) => !seen.has(text));
    for (const text of fresh) seen.add(text);
  }
  return [...seen].map(resolved);
}

/** Whether every reading of it is below a path that ends in a slash, or is that path. */
export function staysBelow(target: string, base: string): boolean {
  return asServersRead(target).every((path) => `${path}/`.startsWith(base));
}

const steps: readonly ((text: string) => string)[] = [
  // What decoding made.
  (text) => text.replace(/[?#].*/s, ""),
  (text) => text.replace(/(?:%[0-9a-f]{2})+/gi, lenientUtf8),
  (text) =>
    text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("latin1")),
  (text) => text.replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  (text) => text.replaceAll("\\", "/"),
  (text) => text.replace(/;[^/]*/g, ""),
  (text) => text.normalize("NFKC"),
  (text) => text.replace(/[\u2044\u2215\u29f8]/g, "/").replace(/[\u2216\u29f5\u00a5\u20a9]/g, "\\"),
  (text) => text.replace(/[\u200b-\u200f\u00ad\u2060\ufeff]/g, ""),
  (text) => text.replace(/[\s\0]+/g, ""),
  (text) => text.replaceAll("+", " "),
];

/**
 * As decoders do it that only put bits together: overlong forms and broken continuations are characters to
 * them.
 */
function lenientUtf8(run: string): string {
  const bytes = Buffer.from(run.replaceAll("%", ""), "hex");
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0;
    const more = lead >= 0xfc ? 5 : lead >= 0xf8 ? 4 : lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    let code = more === 0 ? lead : lead & (0x3f >> more);
    for (let each = 1; each <= more; each += 1) code = (code << 6) | ((bytes[at + each] ?? 0) & 0x3f);
    text += code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
    at += more + 1;
  }
  return text;
}

/**
 * Dot segments taken out as RFC 3986 has it, doubled slashes merged, and Windows' dots and blanks at the end
 * of names.
 */
function resolved(text: string): string {
  const kept: string[] = [];
  const names = text.split("/").slice(1);
  for (const name of names) {
    const bare = /^[. ]*$/.test(name) ? name.replaceAll(" ", "") : name;
    if (/^\.{2,}$/.test(bare)) kept.pop();
    else if (bare !== "." && bare !== "") kept.push(name);
  }
  return `/${kept.join("/")}${names.at(-1) === "" && kept.length > 0 ? "/" : ""}`;
}
