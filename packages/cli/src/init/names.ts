/** Of a table, in quotes where SQL needs them: its name without its schema, as people say it. */
export function plainName(table: string): { readonly schema: string | undefined; readonly name: string } {
  const parts = [...table.matchAll(/"((?:[^"]|"")+)"|`((?:[^`]|``)+)`|([^."`]+)/g)].map(
    ([, double, back, plain]) => double?.replaceAll('""', '"') ?? back?.replaceAll("``", "`") ?? plain ?? "",
  );
  return { schema: parts.length > 1 ? parts[0] : undefined, name: parts.at(-1) ?? table };
}

/** A category's name for a table, which no other has yet. */
export function categoryName(table: string, taken: ReadonlySet<string>): string {
  const { schema, name } = plainName(table);
  const own = dashed(name, "rows");
  return free(taken, [own, ...(schema === undefined ? [] : [`${dashed(schema, "s")}-${own}`])], own, 50);
}

/** A key field's name for a column. */
export function fieldName(column: string, taken: ReadonlySet<string>): string {
  const letters = bare(column.normalize("NFKD").replaceAll(/[^A-Za-z0-9_]+/g, "_"));
  const own = (/^[A-Za-z_]/.test(letters) ? letters : `key_${letters}`).slice(0, 26);
  return free(taken, [/^[A-Za-z_][A-Za-z0-9_]{0,29}$/.test(column) ? column : own], own, 30, "_");
}

/** A name for what a module exports. */
export function variableName(name: string): string {
  const camel = name.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? "");
  return reserved.has(camel) || !/^[A-Za-z]/.test(camel) ? `_${camel}` : camel;
}

/** `https://crm.example.com/api`: `crm`. */
export function downstreamName(address: URL): string {
  const { hostname } = address;
  const first = /^\[|^[\d.]+$|^localhost$/.test(hostname) ? undefined : hostname.split(".")[0];
  return first === undefined || first === "www" || first === "api" ? "downstream" : dashed(first, "downstream");
}

function dashed(name: string, otherwise: string): string {
  const words = name.normalize("NFKD").replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2");
  const plain = bare(words.toLowerCase().replaceAll(/[^a-z0-9_]+/g, "-")).slice(0, 50);
  return /^[a-z]/.test(plain) ? plain : plain === "" ? otherwise : `${otherwise}-${plain}`;
}

/** Without `-` and `_` around it. */
function bare(name: string): string {
  const isDash = (at: number) => name[at] === "-" || name[at] === "_";
  let [from, to] = [0, name.length];
  while (from < to && isDash(from)) from += 1;
  while (from < to && isDash(to - 1)) to -= 1;
  return name.slice(from, to);
}

function free(taken: ReadonlySet<string>, wanted: readonly string[], base: string, most: number, dash = "-"): string {
  const found = wanted.find((name) => !taken.has(name));
  if (found !== undefined) return found;
  for (let count = 2; ; count += 1) {
    const name = `${base.slice(0, most - 4)}${dash}${count}`;
    if (!taken.has(name)) return name;
  }
}

/** What the generated modules import, and what JavaScript keeps to itself. */
const reserved = new Set(
  `category strategy await break case catch class const continue debugger default delete do else enum export extends
  false finally for function if implements import in instanceof interface let new null package private protected
  public return static super switch this throw true try typeof var void while with yield arguments eval undefined`.split(
    /\s+/,
  ),
);
