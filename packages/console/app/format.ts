/** `3.2 s`, `14 min`, `2.1 d`: the largest unit that leaves a number of at least one. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const units = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1_000, "s"],
  ] as const;
  const [size, unit] = units.find(([size]) => ms >= size) ?? [1_000, "s"];
  const value = ms / size;
  return `${value < 10 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${unit}`;
}

/** 0 is nothing to show. */
export function age(ms: number): string {
  return ms <= 0 ? "–" : duration(ms);
}

export function ago(at: number, now: number): string {
  const ms = now - at;
  return ms < 1_000 ? "now" : `${duration(ms)} ago`;
}

export function count(value: number): string {
  return value.toLocaleString("en");
}

export function time(at: number): string {
  return new Date(at)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** A text from outside as it reads: what would turn it round, or hide in it, is spelled out. */
export function visible(text: string, keepLines = false): string {
  return text.replace(unseen, (character) => {
    if (keepLines && (character === "\n" || character === "\t")) return character;
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
