// XML 1.0's characters. Others cannot be written even as references, and a receiver's parser refuses the whole message.
const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Whether each character of the text may stand in XML. */
export function fitsXml(text: string): boolean {
  return !forbidden.test(text);
}

const inText: { readonly [character: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;" };

/** A carriage return that is not escaped becomes a line feed in any parser. */
export function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => inText[character] ?? character);
}

/** In double quotes. White space that is not escaped becomes blanks in any parser. */
export function escapeAttribute(text: string): string {
  return text.replace(/[&<>"\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
