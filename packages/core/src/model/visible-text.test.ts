import { describe, expect, test } from "vitest";
import { visibleText } from "./visible-text.ts";

describe("A text from outside", () => {
  test.each([
    ["line breaks and tabs", "a\nb\r\n\tc", "a\\nb\\r\\n\\tc"],
    ["escape sequences of terminals", "\u001b[31mred\u009b0m\u0007\u007f", "\\u{1b}[31mred\\u{9b}0m\\u{7}\\u{7f}"],
    ["line and paragraph separators", "a\u2028b\u2029c\u0085d", "a\\u{2028}b\\u{2029}c\\u{85}d"],
    [
      "what turns the direction round",
      "\u202eabc\u202c\u2066x\u2069\u061c\u200f",
      "\\u{202e}abc\\u{202c}\\u{2066}x\\u{2069}\\u{61c}\\u{200f}",
    ],
    [
      "what has no width",
      "pay\u200bpal\u200c\u200d\u2060\ufeff\u00ad\u180e",
      "pay\\u{200b}pal\\u{200c}\\u{200d}\\u{2060}\\u{feff}\\u{ad}\\u{180e}",
    ],
    [
      "letters that nobody sees, and tags",
      "a\u3164\u115f\u034f\ufe0f\u{e0041}",
      "a\\u{3164}\\u{115f}\\u{34f}\\u{fe0f}\\u{e0041}",
    ],
    ["halves of characters", "a\ud83db\ude00c", "a\\u{d83d}b\\u{de00}c"],
    ["nothing else", "Grüße, 中文, 😀, עברית, a\u00a0b \\n", "Grüße, 中文, 😀, עברית, a\u00a0b \\n"],
  ])("has %s spelled out", (_, text, line) => expect(visibleText(text)).toBe(line));

  test("is cut to a length, and never through a character", () => {
    expect(visibleText("a".repeat(300), 200)).toBe(`${"a".repeat(199)}…`);
    expect(visibleText("a".repeat(200), 200)).toBe("a".repeat(200));
    expect(visibleText(`${"a".repeat(198)}😀😀`, 200)).toBe(`${"a".repeat(198)}…`);
    expect(visibleText("\u001b".repeat(50), 200).length).toBeLessThanOrEqual(200);
  });
});
