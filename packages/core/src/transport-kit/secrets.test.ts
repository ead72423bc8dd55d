import { describe, expect, test } from "vitest";
import { cleanText } from "./clean-text.ts";
import { SecretKeeper } from "./secrets.ts";

const secret = 'sk_live_51H"x/Y+z&Q~42';

function keeping(...secrets: readonly string[]): SecretKeeper {
  const keeper = new SecretKeeper();
  for (const each of secrets) keeper.hide(each);
  return keeper;
}

/** Whether ten characters of it in a row are left, in any form. */
function shows(text: string): boolean {
  return /sk_live_51|live_51H|c2tfbGl2|736b5f6c/i.test(text.replace(/[\s\u200b]/g, ""));
}

describe("A secret is removed from texts of others", () => {
  test.each<[string, string]>([
    ["as it is", secret],
    ["in capitals", secret.toUpperCase()],
    ["in base64", Buffer.from(secret).toString("base64")],
    ["in base64url", Buffer.from(secret).toString("base64url")],
    [
      "within something in base64",
      Buffer.from(`{"user":"me","password":${JSON.stringify(secret)}}`).toString("base64"),
    ],
    ["within something in base64, one byte on", Buffer.from(`a${secret}b`).toString("base64")],
    ["within something in base64, two bytes on", Buffer.from(`ab${secret}c`).toString("base64url")],
    ["in base64 with line breaks", Buffer.from(secret).toString("base64").replace(/.{8}/g, "$&\r\n")],
    ["in hexadecimal", Buffer.from(secret).toString("hex")],
    ["in hexadecimal of capitals", Buffer.from(secret).toString("hex").toUpperCase()],
    ["in JSON", JSON.stringify({ key: secret })],
    ["in JSON within JSON", JSON.stringify(JSON.stringify({ key: secret }))],
    ["in a URL", encodeURIComponent(secret)],
    ["in a URL within a URL", encodeURIComponent(encodeURIComponent(secret))],
    ["in a form", new URLSearchParams({ key: secret }).toString()],
    ["in XML", secret.replaceAll("&", "&amp;")],
    ["split by a line break", `${secret.slice(0, 9)}\n${secret.slice(9)}`],
    ["split by blanks", secret.replace(/.{3}/g, "$& ")],
    ["split by what has no width", secret.replace(/.{4}/g, "$&\u200b")],
    ["without its end", secret.slice(0, 14)],
    ["without its beginning", secret.slice(3)],
    ["between others", `bearer=${secret}, basic=${secret}`],
  ])("%s", (_, text) => {
    const clean = keeping(secret).scrub(`no such key: ${text}!`);
    expect(shows(clean)).toBe(false);
    expect(clean).toMatch(/^no such key: .*\[secret\].*!$/s);
  });

  test("also one that changes with each call, of which the newest are known", () => {
    const keeper = new SecretKeeper();
    for (let call = 0; call < 10_000; call++) keeper.hide(`passing-secret-${call}`, true);
    expect(keeper.scrub("got passing-secret-9999 and PASSING-SECRET-9990")).toBe("got [secret] and [secret]");
  });

  test("also where it is cut through at the end of what is read", () => {
    for (let before = 0; before < 40; before++) {
      const text = `${" ".repeat(4_060 + before)}${secret}`;
      expect(shows(cleanText(text, (dirty) => keeping(secret).scrub(dirty)))).toBe(false);
    }
  });

  test("and a short one in the middle of a longer one leaves nothing of that", () => {
    expect(keeping("abcd", "abcdefgh").scrub("x abcdefgh abcd")).toBe("x [secret] [secret]");
  });
});

test("A text without secrets is left as it is", () => {
  const text = "Grüße: the order 42 has no items 😀 İ";
  expect(keeping(secret, "test", "İstanbul-geheim").scrub(text)).toBe(text);
  expect(new SecretKeeper().scrub(text)).toBe(text);
});

test("Of a long text no more is looked through than is kept, however many secrets there are", () => {
  const keeper = new SecretKeeper();
  keeper.hide("k".repeat(3_000));
  for (let call = 0; call < 200; call++) keeper.hide(`${call}-`.repeat(100), true);
  let seen = 0;
  cleanText("k".repeat(5_000_000), (dirty) => {
    seen += dirty.length;
    return keeper.scrub(dirty);
  });
  expect(seen).toBeLessThan(50_000);
});
