import { expect, it } from "vitest";
import { proxyFor, proxyOfEnvironment } from "./proxy-choice.ts";

const crm = new URL("https://crm.acme.example/api");

it.each<[string, Record<string, string>, string | undefined]>([
  ["nothing", {}, undefined],
  ["its scheme's", { HTTPS_PROXY: "http://a:1", HTTP_PROXY: "http://b:2" }, "http://a:1"],
  ["small letters first", { HTTPS_PROXY: "http://a:1", https_proxy: "http://b:2" }, "http://b:2"],
  ["no other scheme's", { HTTP_PROXY: "http://b:2" }, undefined],
  ["that for all", { all_proxy: "http://c:3" }, "http://c:3"],
  ["one without a scheme", { https_proxy: "a:1" }, "http://a:1"],
  ["an empty one as none", { https_proxy: "", HTTPS_PROXY: "http://a:1" }, "http://a:1"],
  ["not where the host is excepted", { https_proxy: "http://a:1", NO_PROXY: "localhost, .acme.example" }, undefined],
  ["not where a parent is excepted", { https_proxy: "http://a:1", no_proxy: "acme.example" }, undefined],
  ["where another port is excepted", { https_proxy: "http://a:1", no_proxy: "acme.example:8443" }, "http://a:1"],
  ["where a name that ends alike is excepted", { https_proxy: "http://a:1", no_proxy: "me.example" }, "http://a:1"],
  ["not where all is excepted", { https_proxy: "http://a:1", no_proxy: "*" }, undefined],
])("of the environment is taken %s", (_, environment, url) => {
  expect(proxyOfEnvironment(crm, environment)).toEqual({ proxy: url === undefined ? undefined : { url } });
});

it("of the environment is refused without its value where it is no proxy of ours", () => {
  for (const https_proxy of ["socks5://me:planted@a:1", "http://me:planted@:::"]) {
    const found = proxyOfEnvironment(crm, { https_proxy });
    expect(found).toEqual({ problem: expect.stringMatching(/^HTTPS_PROXY /) });
    expect(JSON.stringify(found)).not.toContain("planted");
  }
});

it.each([
  ["[::1]", "http://[::1]:8080/", true],
  ["[::1]:8080", "http://[::1]:8080/", true],
  ["::1", "http://[::1]/", true],
  ["*.internal", "http://crm.internal/", true],
  ["*.internal", "http://internal.example/", false],
  ["CRM.Internal", "http://crm.internal./", true],
  ["crm.internal:443", "https://crm.internal/", true],
  ["crm.internal:443", "http://crm.internal/", false],
])("%s excepts %s: %s", (entry, url, isExcepted) => {
  const proxy = { url: "http://proxy:3128", except: [entry] };
  expect(proxyFor(proxy, new URL(url)) === undefined).toBe(isExcepted);
});
