import { SynclineError } from "@syncline/core/spi";
import { type Connections, runStatement } from "./connections.ts";
import type { OracleConnection } from "./driver.ts";
import { characterSet } from "./sql/migrating.ts";

/** A database's character set, and which characters it keeps; `undefined`: all. */
export interface CharacterSet {
  readonly name: string;
  readonly characters: ReadonlySet<string> | undefined;
}

/**
 * What sets of one byte have beyond ASCII. Oracle puts another character for one that its set
 * lacks, and says nothing.
 */
const codePages: ReadonlyMap<string, () => readonly string[]> = new Map([
  // Some releases of Node.js read windows-1252 as ISO 8859-1.
  ["WE8MSWIN1252", () => [..."€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ", ...latin1()]],
  ["WE8ISO8859P1", () => latin1()],
  ["WE8ISO8859P9", () => decoded("windows-1254", 0xa0)],
  ["WE8ISO8859P15", () => decoded("iso-8859-15", 0xa0)],
  ["EE8MSWIN1250", () => decoded("windows-1250", 0x80)],
  ["EE8ISO8859P2", () => decoded("iso-8859-2", 0xa0)],
  ["CL8MSWIN1251", () => decoded("windows-1251", 0x80)],
  ["CL8ISO8859P5", () => decoded("iso-8859-5", 0xa0)],
  ["EL8MSWIN1253", () => decoded("windows-1253", 0x80)],
  ["TR8MSWIN1254", () => decoded("windows-1254", 0x80)],
  ["BLT8MSWIN1257", () => decoded("windows-1257", 0x80)],
  ["US7ASCII", () => []],
]);

function latin1(): readonly string[] {
  return bytesFrom(0xa0).map((byte) => String.fromCharCode(byte));
}

/** What a code page leaves out is told as a control character, or as U+FFFD. */
function decoded(label: string, from: number): readonly string[] {
  const characters = new TextDecoder(label).decode(Uint8Array.from(bytesFrom(from)));
  return [...characters].filter((character) => character >= "\u00a0" && character !== "\ufffd");
}

function bytesFrom(first: number): readonly number[] {
  return Array.from({ length: 0x100 - first }, (_, index) => first + index);
}

/** Errors: `database.failed` for a set of which it is not known here what it keeps. */
export function characterSetOf(name: string): CharacterSet {
  if (name === "AL32UTF8" || name === "UTF8") return { name, characters: undefined };
  const characters = codePages.get(name);
  if (characters === undefined) {
    const names = ["AL32UTF8", "UTF8", ...codePages.keys()].join(", ");
    const message = `The database's character set is ${name}, of which Syncline does not know which keys it would alter. Known are ${names}.`;
    throw new SynclineError("database.failed", message);
  }
  return { name, characters: new Set(characters()) };
}

/** The first character that would be altered, as a clause of a message which is kept in that set itself. */
export function whatIsLacking(text: string, { name, characters }: CharacterSet): string | undefined {
  if (characters === undefined || isAscii(text)) return undefined;
  for (const character of text) {
    if (character <= "\u007f" || characters.has(character)) continue;
    const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
    return `has the character U+${code}, which the database's character set ${name} lacks`;
  }
  return undefined;
}

export function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII.
  return /^[\x00-\x7f]*$/.test(text);
}

/** JSON in ASCII, which every character set keeps. */
export function asciiJson(json: string): string {
  return json.replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Asked for once. */
export class KnownCharacterSet {
  #known: CharacterSet | undefined;

  async of(connections: Connections, signal: AbortSignal): Promise<CharacterSet> {
    this.#known ??= named((await connections.run(characterSet, {}, signal)).rows);
    return this.#known;
  }

  async on(connection: OracleConnection): Promise<CharacterSet> {
    this.#known ??= named((await runStatement(connection, characterSet, {}, false)).rows);
    return this.#known;
  }
}

function named(rows: readonly (readonly (string | null)[])[]): CharacterSet {
  return characterSetOf(rows[0]?.[0] ?? "unknown");
}
