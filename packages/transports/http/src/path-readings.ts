/**
 * What servers and proxies may make of one segment of a path, judged before it is sent. They decode more than
 * once (a proxy, then the application), by tables of their own (overlong UTF-8, `%u002f`, best fit, NFKC),
 * cut parameters off (`..;x`) and strip what they do not see. A segment that any of these reads as several,
 * as a dot segment or as nothing addresses what nobody named.
 */

// Each round takes one encoding off. Nobody means more than two; without a bound a megabyte of `%25` takes
// minutes.
const mostEncodings = 8;
// Servers take request lines of 8 KiB.
const longest = 8_192;

// What Windows' best fit and NFKC make a slash or a backslash of, beside what NFKC itself maps.
const slashLike = /[\u2044\u2215\u2571\u29f8]/g;
const backslashLike = /[\u2216\u2572\u29f5\u29f9]/g;
const unseen = /[\s\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const control = /[\p{Cc}\p{Zl}\p{Zp}]/u;
// `..` and `..;x`, but also `..:$DATA` and `..,`: whatever ends the dots may be cut off. Not `.well-known`
// and `..a`.
const dots = /^\.+(?![.\p{L}\p{N}_~-])/u;
const entities: { readonly [name: string]: string } = {
  sol: "/",
  bsol: "\\",
  period: ".",
  percnt: "%",
  num: "#",
  quest: "?",
  semi: ";",
  nbsp: " ",
};

export const endFault = "holds a ? or #, which some servers take for the path's end";
export const slashFault = "holds a slash or a backslash, or what some servers read as one";

/**
 * What is wrong with a segment as it is sent, by the worst that a server may read; words that follow a name.
 */
export function segmentFault(segment: string, allowsSlashes: boolean): string | undefined {
  if (segment.length > longest) return `is longer than ${longest} characters as it is sent`;
  let text = segment;
  for (let round = 0; round <= mostEncodings; round += 1) {
    const decoded = decodedOnce(text);
    if (decoded === undefined) return "holds percent-encoded bytes that are no UTF-8";
    const fault = textFault(decoded, allowsSlashes);
    if (fault !== undefined) return fault;
    if (decoded === text) return undefined;
    text = decoded;
  }
  return `is percent-encoded more than ${mostEncodings} times over`;
}

/**
 * `undefined`: bytes that strict decoders refuse and lenient ones take for another character, such as the
 * overlong `%c0%af`.
 */
function decodedOnce(text: string): string | undefined {
  try {
    return text
      .normalize("NFKC")
      .replace(slashLike, "/")
      .replace(backslashLike, "\\")
      .replace(/(?:%[0-9a-f]{2})+/gi, decodeURIComponent)
      .replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replace(/&([a-z]+);/gi, (entity, name: string) => entities[name.toLowerCase()] ?? entity);
  } catch {
    return undefined;
  }
}

function textFault(text: string, allowsSlashes: boolean): string | undefined {
  if (control.test(text)) return "holds a control character";
  if (/[?#]/.test(text) && !allowsSlashes) return endFault;
  const names = text.split(/[\\/]/).map(bareName);
  if (names.length > 1 && !allowsSlashes) return slashFault;
  if (names.some((name) => dots.test(name))) return "makes a . or .. segment of the path";
  if (names.some((name) => name === "")) return "makes a segment of the path that is blank";
  return climbsByFewer(text) ? "makes a .. segment of the path where characters are cut to bytes" : undefined;
}

/**
 * As servers see it that cut parameters off and strip what is unseen; `+` is a blank to those that read paths
 * as forms.
 */
function bareName(segment: string): string {
  const bare = segment.replace(unseen, "");
  const [name = ""] = bare.split(";");
  return /^[.+]+$/.test(name) && name.includes(".") ? name.replaceAll("+", "") : name === "" ? "" : bare;
}

/**
 * In code pages of 8 bits: `¥` and `₩` are backslashes in Japan and Korea, and some cut UTF-16 to its lower
 * bytes.
 */
function climbsByFewer(text: string): boolean {
  if (!/\P{ASCII}/u.test(text)) return false;
  const cut = text.replace(/[\u0100-\uffff]/g, (character) => String.fromCharCode(character.charCodeAt(0) & 0xff));
  return [text, cut].some((each) =>
    each.split(/[\\/\u00a5\u20a9]/).some((name) => /^\.{2,}(;|$)/.test(bareName(name))),
  );
}
