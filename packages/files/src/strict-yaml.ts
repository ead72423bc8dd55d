import { type Document, isScalar, type Node, type Pair, type Scalar, visit } from "yaml";
import { nameOf } from "./places.ts";

/** Something that is wrong, and where it begins: an offset into the text. */
export interface Fault {
  readonly offset: number;
  readonly message: string;
}

const plainTags = new Set(
  ["str", "int", "float", "bool", "null", "map", "seq"].map((tag) => `tag:yaml.org,2002:${tag}`),
);
const asOldYaml = /^(?:yes|no|on|off)$/i;

/**
 * What YAML reads, and another meant: `012`, `1e3` and `1.10` are other numbers than they look, `no`
 * is a text for this version of YAML and false for the one before, and of a key that stands there
 * twice one is lost. An alias may stand for a million values, or for what it stands in.
 */
export function yamlTraps(document: Document): readonly Fault[] {
  const faults: Fault[] = [];
  const tell = (node: Node | null, message: string) => {
    faults.push({ offset: node?.range?.[0] ?? 0, message });
  };
  const tellTag = (node: Node) => {
    if (node.tag !== undefined && !plainTags.has(node.tag)) tell(node, "Tags have no meaning here.");
  };
  visit(document, {
    Pair: (_, pair) => {
      if (!isScalar(pair.key) || pair.key.value === null) tell(null, "A name must be a text.");
    },
    Map: (_, map) => {
      tellTag(map);
      for (const key of repeated(map.items)) tell(key, `"${nameOf(key)}" stands there twice.`);
    },
    Alias: (_, alias) => {
      tell(alias, "Aliases are not read: write it out.");
    },
    Seq: (_, list) => {
      tellTag(list);
    },
    Scalar: (key, scalar) => {
      tellTag(scalar);
      if (key === "key") return;
      const message = scalarFault(scalar);
      if (message !== undefined) tell(scalar, message);
    },
  });
  return faults;
}

function repeated(pairs: readonly Pair[]): readonly Scalar[] {
  const seen = new Set<string>();
  return pairs.flatMap(({ key }) => {
    const name = nameOf(key);
    if (!isScalar(key) || !seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [key];
  });
}

function scalarFault({ value, source = "", type }: Scalar): string | undefined {
  if (type !== "PLAIN") return undefined;
  const shown = source.slice(0, 40);
  if (typeof value === "number" || typeof value === "bigint") {
    if (String(value) === source) return undefined;
    return `${shown} would be read as ${String(value)}: write that, or "${shown}" in quotes if it is a text.`;
  }
  if (typeof value === "string" && asOldYaml.test(value))
    return `Write true or false, or "${shown}" in quotes if it is a text: versions of YAML differ about what it means.`;
  return undefined;
}
