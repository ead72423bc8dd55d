import { expect, it } from "vitest";
import { writeForm } from "./write-form.ts";

const document = {
  name: "Jenny Rosen & Söhne",
  address: { city: "Köln", line2: null },
  items: [{ price: "p_1", quantity: 2 }, { price: "p_2" }],
  tags: ["a", "b=c"],
  none: [],
  live: true,
};

it("has nested brackets and positions, as Stripe's documentation has them", () => {
  expect(decodeURIComponent(String(writeForm(document, "indices"))).split("&")).toEqual([
    "name=Jenny Rosen ",
    " Söhne",
    "address[city]=Köln",
    "address[line2]=",
    "items[0][price]=p_1",
    "items[0][quantity]=2",
    "items[1][price]=p_2",
    "tags[0]=a",
    "tags[1]=b=c",
    "live=true",
  ]);
  expect(writeForm({ a: ["x"], "b&c": "d=e+f" }, "indices")).toBe("a[0]=x&b%26c=d%3De%2Bf");
});

it("has lists as others name them", () => {
  expect(writeForm({ a: [1, 2] }, "brackets")).toBe("a[]=1&a[]=2");
  expect(writeForm({ a: [1, 2], b: { c: [3] } }, "repeat")).toBe("a=1&a=2&b[c]=3");
});

it("is read back as it was by URLSearchParams, whatever the values are", () => {
  for (const text of ["&", "=", "a&admin=1", "%26", "+", "\u0000", "\n", "[x]", "é", "😀", "#"]) {
    const read = new URLSearchParams(String(writeForm({ a: text, b: { c: text } }, "indices")));
    expect([...read]).toEqual([
      ["a", text],
      ["b[c]", text],
    ]);
  }
});

it.each([
  ["a list", []],
  ["a text", "x"],
  ["null", null],
  ["a name with a bracket", { "a[admin]": 1 }],
  ["a nested name with a bracket", { a: { "b][c": 1 } }],
  ["no name", { "": 1 }],
  ["half of a character", { a: "\ud800" }],
  ["what is too deep", JSON.parse(`${'{"a":'.repeat(40)}1${"}".repeat(40)}`)],
])("is not made of %s", (_, value) => {
  expect(writeForm(value, "indices")).toMatchObject({ message: expect.any(String) });
});
