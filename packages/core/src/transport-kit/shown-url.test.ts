import { expect, test } from "vitest";
import { shownUrl } from "./shown-url.ts";

test.each([
  ["https://example.com/shop?wsdl&key=sk_live_1", "https://example.com/shop"],
  ["https://me:sk_live_1@example.com:8443/a/b#sk_live_1", "https://example.com:8443/a/b"],
  ["https://sk_live_1@example.com", "https://example.com/"],
  ["postgres://me:sk_live_1@db/shop?password=sk_live_1", "postgres://db/shop"],
  ["file:///etc/shop.wsdl?sk_live_1", "file:///etc/shop.wsdl"],
  ["http://me:sk_live_1@[bad/a?b", "http://[bad/a"],
  ["//me:sk_live_1@example.com/a?sk_live_1", "//example.com/a"],
  ["shop.wsdl?key=sk_live_1", "shop.wsdl"],
  ["/etc/sh\nop.wsdl", "/etc/sh\\nop.wsdl"],
])("%j is shown as %s", (location, shown) => expect(shownUrl(location)).toBe(shown));

test("a long one is cut", () => expect(shownUrl(`https://example.com/${"x".repeat(1e5)}`).length).toBe(300));
