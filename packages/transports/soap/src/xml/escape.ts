// XML 1.0's characters. Others cannot be written even as references, and a receiver's parser refuses the whole message.
const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Whether each character of the text may stand in XML. */
export function fitsXml(text: string): boolean {
  return !forbidden.test(text);
}

const entities: { readonly [character: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function escaped(character: string): string {
  return entities[character] ?? `&#${character.charCodeAt(0)};`;
}

/**
 * A carriage return that is not escaped becomes a line feed in any parser; U+0085 and U+2028 do in those that read by XML 1.1's
 * rules, xmldom 0.8 among them, which signs messages here.
 */
export function escapeText(text: string): string {
  return text.replace(/[&<>\r\u0085\u2028]/g, escaped);
}

/** In double quotes. White space that is not escaped becomes blanks in any parser. */
export function escapeAttribute(text: string): string {
  return text.replace(/[&<>"\t\n\r\u0085\u2028]/g, escaped);
}
