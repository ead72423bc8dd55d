import { expect, it } from "vitest";
import { readOddAnswer } from "./odd-answer.ts";

const read = (text: string) => {
  const found = readOddAnswer(Buffer.from(text, "latin1"), 100);
  return found && { ...found, body: Buffer.from(found.body).toString() };
};

it("is its status, its headers, and a body of undisputed length", () => {
  expect(
    read("HTTP/1.1 201 Made\nX-Id : 7\nbroken\n__proto__: x\ncontent-length: 2\ncontent-length: 2, 2\n\nok and more"),
  ).toEqual({
    status: 201,
    headers: JSON.parse('{"x-id":"7","__proto__":"x","content-length":["2","2, 2"]}'),
    body: "ok",
    truncated: false,
  });
});

it.each([
  "HTTP/1.1 200 OK\ncontent-length: 2\ncontent-length: 3\n\nok!",
  "HTTP/1.1 200 OK\ncontent-length: 2\ntransfer-encoding: chunked\n\nok",
  "HTTP/1.1 200 OK\ncontent-length: -2\n\nok",
  "HTTP/1.1 200 OK\ncontent-length: 2.0\n\nok",
  "HTTP/1.1 200 OK\ncontent-length: 9\n\nok",
  "HTTP/1.1 200 OK\n\nok",
  "HTTP/1.1 200 OK\ncontent-length: 2\n",
  `HTTP/1.1 200 OK\ncontent-length: 200\n\n${"x".repeat(200)}`,
])("has no body that counts where its end is in doubt, or beyond the limit: %j", (text) => {
  expect(read(text)).toMatchObject({ status: 200, body: "", truncated: true });
});

it("is what follows interim answers, but for another protocol", () => {
  expect(read("HTTP/1.1 100 Continue\n\nHTTP/1.1 103 X\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\n\n")).toMatchObject({
    status: 200,
  });
  expect(read("HTTP/1.1 101 Switch\n\nHTTP/1.1 200 OK\n\n")).toBeUndefined();
  expect(read("HTTP/1.1 100 Continue\n\n")).toBeUndefined();
});

it.each([
  "",
  "HTTP/1.1 200 OK",
  "HTTP/1.1 200",
  "http/1.1 200 OK\n",
  " HTTP/1.1 200 OK\n",
  "HTTP/1.1 2000 OK\n",
  "ICY 200 OK\n",
])("is none without a whole status line at its beginning: %j", (text) => {
  expect(read(text)).toBeUndefined();
});

it("is read however it is made up", () => {
  for (const part of ["HTTP/1.1 100 \n\n", "HTTP/1.1 100 \n", "\r", "a:\n", "HTTP/1.1 "]) {
    const flood = part.repeat(1_000_000 / part.length);
    expect(read(`HTTP/1.1 200 OK\n${flood}`)).toMatchObject({ status: 200 });
    expect(read(flood)).toBeUndefined();
  }
});
