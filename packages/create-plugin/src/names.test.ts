import { assert, property, stringMatching } from "fast-check";
import { describe, expect, it } from "vitest";
import { folderOf, namesOf, wrongPackageName } from "./names.ts";

describe("a package's name", () => {
  it.each(["syncline-db2", "@acme/syncline-db2", "a", "@a.b/c_d.e", "x".repeat(214)])("may be %s", (name) => {
    expect(wrongPackageName(name)).toBeUndefined();
  });

  it.each(["", "Db2", "a b", "@acme", "@acme/", "/x", ".x", "_x", "../x", "@a/../b", "a/b", "x".repeat(215)])(
    "may not be %j",
    (name) => {
      expect(wrongPackageName(name)).toMatch(/^must be a package's name/);
    },
  );

  it.each([
    ["@acme/syncline-message-queue", "message-queue", "messageQueue", "MessageQueue"],
    ["syncline-db2-adapter", "db2", "db2", "Db2"],
    ["@acme/syncline-transport", "transport", "transportPlugin", "TransportPlugin"],
    ["@acme/syncline", "plugin", "plugin", "Plugin"],
    ["syncline-3scale", "plugin-3scale", "plugin3scale", "Plugin3scale"],
    ["inbox", "inbox", "inbox", "Inbox"],
    ["syncline-switch", "switch", "switchPlugin", "SwitchPlugin"],
    ["syncline-http-fixture", "http-fixture", "httpFixturePlugin", "HttpFixturePlugin"],
  ])("%s is called in code by its own word", (packageName, word, camel, pascal) => {
    expect(namesOf(packageName)).toEqual({ packageName, word, camel, pascal });
  });

  it("becomes an identifier, whatever it is", () => {
    assert(
      property(stringMatching(/^(@[a-z0-9~-][a-z0-9._~-]{0,9}\/)?[a-z0-9~-][a-z0-9._~-]{0,19}$/), (name) => {
        const { camel, pascal, word } = namesOf(name);
        expect(camel).toMatch(/^[a-z][A-Za-z0-9]*$/);
        expect(pascal).toMatch(/^[A-Z][A-Za-z0-9]*$/);
        expect(word).toMatch(/^[a-z][a-z0-9-]*$/);
        // As the compiler sees it: the language's own words are none.
        expect(() => new Function(`"use strict"; const ${camel} = 1; return ${camel};`)).not.toThrow();
      }),
    );
  });

  it("without its scope is the folder", () => {
    expect([folderOf("@acme/syncline-db2"), folderOf("syncline-db2")]).toEqual(["syncline-db2", "syncline-db2"]);
  });
});
