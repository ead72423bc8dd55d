import type { AnswerRules } from "@syncline/core/transport-kit";
import { describe, expect, it } from "vitest";
import { judgeSuccess, refineFailure } from "./judge-answer.ts";
import { item } from "./testing/calls.ts";

const items = ["10", "11", "12"].map((orderId) => item(orderId));

function judge(
  rules: AnswerRules,
  body: unknown,
  truncated = false,
  more: { status?: number; isDelete?: boolean } = {},
) {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const { status = 200, isDelete = false } = more;
  return judgeSuccess(
    { status, headers: { date: "Wed, 21 Oct 2026 07:28:00 GMT" }, body: bytes, truncated },
    { rules, ok: undefined, items, isDelete, answerBytes: 65_536, clean: String },
  );
}

describe("an answer of 200 with an error code inside", () => {
  const ok = { path: "result.code", in: [0, "OK"] };

  it.each([{ result: { code: 0 } }, { result: { code: "0" } }, { result: { code: "OK" } }])(
    "is accepted: %j",
    (body) => {
      expect(judge({ ok }, body).status).toBe("accepted");
    },
  );

  it.each([{ result: { code: 500 } }, { result: "OK" }, {}, [], null, { result: { code: null } }])(
    "is not: %j",
    (body) => {
      expect(judge({ ok }, body)).toMatchObject({ status: "failed", failure: { kind: "transient", effect: "maybe" } });
    },
  );

  it("is not believed when it was cut, even where what came is JSON", () => {
    expect(judge({ ok }, { result: { code: 0 } }).status).toBe("accepted");
    expect(judge({ ok }, { result: { code: 0 } }, true)).toMatchObject({
      failure: { code: "http.answer", effect: "maybe" },
    });
  });

  it("lends no code that nobody has named: it may be a secret, or a row's", () => {
    const kinds = { path: "code", map: { LIMIT: "throttled" } } as const;
    for (const rules of [
      { ok: { path: "code", in: ["OK"] } },
      { ok: { path: "code", in: ["OK"] }, kinds },
      { ok, kinds },
    ]) {
      const outcome = judge(rules, { code: "sk_live_51H", result: { code: "sk_live_51H" } });
      expect(outcome).toMatchObject({ status: "failed", failure: { kind: "transient", code: "http.body" } });
      expect(JSON.stringify(outcome)).not.toContain("sk_live");
    }
    const listed = { path: "errors", index: "at", code: "code", map: { LOCKED: "transient" } } as const;
    const codes = ["sk_live_51H", "LOCKED", "422"];
    const outcome = judge({ items: listed }, { errors: codes.map((code, at) => ({ at, code })) });
    expect(JSON.stringify(outcome)).not.toContain("sk_live");
    expect(outcome).toMatchObject({
      failures: [
        { failure: { code: "http.item" } },
        { failure: { code: "http.item.LOCKED" } },
        { failure: { code: "http.item.422" } },
      ],
    });
  });

  it("reaches no prototype", () => {
    expect(judge({ ok: { path: "constructor.name", in: ["Object"] } }, {}).status).toBe("failed");
  });

  it("means what its code is declared to mean", () => {
    const kinds = { path: "error.code", map: { LIMIT: "throttled", DUPLICATE: "accepted" } } as const;
    const rules = { ok, kinds, message: "error.text" };
    expect(judge(rules, { error: { code: "LIMIT", text: "slow down" } })).toEqual({
      status: "failed",
      failure: { kind: "throttled", code: "http.body.LIMIT", message: "slow down", effect: "maybe" },
    });
    expect(judge(rules, { error: { code: "DUPLICATE" } }).status).toBe("accepted");
  });

  it("lends its code and its words to a failed status", () => {
    const rules: AnswerRules = { kinds: { path: "code", map: { LOCKED: "transient" } }, message: "text" };
    const byStatus = { kind: "rejected", code: "http.400", message: "answered 400", effect: "no" } as const;
    const answer = { status: 400, headers: {}, body: Buffer.from('{"code":"LOCKED","text":"busy"}'), truncated: false };
    const judgement = { rules, ok: undefined, items, isDelete: false, answerBytes: 65_536, clean: String };
    expect(refineFailure(byStatus, answer, judgement)).toEqual({
      ...byStatus,
      kind: "transient",
      message: "answered 400: busy",
    });
    expect(refineFailure(byStatus, { ...answer, body: Buffer.from("<html>") }, judgement)).toEqual(byStatus);
  });
});

describe("an answer that lists items", () => {
  it("by position in the call", () => {
    const rules: AnswerRules = {
      items: {
        path: "errors",
        index: "row",
        code: "code",
        message: "text",
        map: { BUSY: "transient" },
        kind: "rejected",
      },
    };
    const errors = [
      { row: 2, code: "BUSY", text: "later" },
      { row: 0, code: "no good" },
    ];
    expect(judge(rules, { errors })).toEqual({
      status: "partial",
      failures: [
        { index: 2, failure: { kind: "transient", code: "http.item.BUSY", message: "later", effect: "no" } },
        {
          index: 0,
          failure: { kind: "rejected", code: "http.item", message: "refused by the downstream", effect: "no" },
        },
      ],
    });
  });

  it("by key, in whatever spelling", () => {
    const rules: AnswerRules = { items: { path: "failed", key: "id" } };
    expect(judge(rules, { failed: [{ id: 11 }] })).toMatchObject({ status: "partial", failures: [{ index: 1 }] });
    expect(judge(rules, { failed: [{ id: { orderId: "12" } }] })).toMatchObject({ failures: [{ index: 2 }] });
  });

  it("by order, each with a status of its own", () => {
    const rules: AnswerRules = { items: { path: "", ok: { path: "status", in: [200] }, code: "status" } };
    expect(judge(rules, [{ status: 200 }, { status: 422 }, { status: 503 }])).toMatchObject({
      status: "partial",
      failures: [
        { index: 1, failure: { kind: "rejected", code: "http.item.422" } },
        { index: 2, failure: { kind: "unavailable", code: "http.item.503" } },
      ],
    });
  });

  it("takes an item that a delete did not find for gone, and no upsert's", () => {
    const rules: AnswerRules = { items: { path: "", ok: { path: "status", in: [204] }, code: "status" } };
    const body = [{ status: 204 }, { status: 404 }, { status: 410 }];
    expect(judge(rules, body, false, { isDelete: true })).toEqual({ status: "accepted" });
    expect(judge(rules, body)).toMatchObject({
      status: "partial",
      failures: [
        { index: 1, failure: { kind: "misconfigured", code: "http.item.404" } },
        { index: 2, failure: { kind: "misconfigured", code: "http.item.410" } },
      ],
    });
  });

  it("says of an item for how long it should wait, in each form of Retry-After", () => {
    const items = { path: "", ok: { path: "status", in: [200] }, code: "status", retryAfter: "headers.Retry-After" };
    const entry = (status: number, wait?: string) => ({ status, headers: { "Retry-After": wait } });
    const waits = [entry(429, "7"), entry(403, "Wed, 21 Oct 2026 07:28:30 GMT"), entry(504)];
    expect(judge({ items }, waits)).toMatchObject({
      status: "partial",
      failures: [
        { failure: { kind: "throttled", retryAfterMs: 7_000 } },
        { failure: { kind: "throttled", retryAfterMs: 30_000 } },
        { failure: { kind: "unavailable", effect: "maybe" } },
      ],
    });
  });

  it("may be no more than the status 204, and to a delete no empty 200 where each item must be listed", () => {
    const rules: AnswerRules = { items: { path: "results", ok: { path: "status", in: [200] } } };
    const failedCall = { status: "failed", failure: { code: "http.answer" } };
    for (const isDelete of [false, true]) {
      expect(judge(rules, "", false, { isDelete, status: 204 })).toEqual({ status: "accepted" });
      for (const body of ["", {}, { results: null }, "<html>"])
        expect(judge(rules, body, false, { isDelete })).toMatchObject(failedCall);
    }
    expect(judge({ items: { path: "errors", index: "row" } }, "", false, { isDelete: true })).toEqual({
      status: "accepted",
    });
  });

  describe("with the status 207", () => {
    const status = 207;

    it("is no success where nothing reads which item failed", () => {
      for (const rules of [{}, { message: "error" }, { kinds: { path: "code", map: { A: "rejected" } } }] as const)
        expect(judge(rules, {}, false, { status })).toMatchObject({
          status: "failed",
          failure: { kind: "misconfigured", code: "http.207", effect: "maybe" },
        });
    });

    it("is what the rules make of it", () => {
      const items = { path: "errors", key: "ids", kind: "rejected" } as const;
      expect(judge({ items }, { errors: [{ ids: ["11"] }] }, false, { status })).toMatchObject({
        failures: [{ index: 1, failure: { kind: "rejected" } }],
      });
      for (const body of [{}, { errors: [] }])
        expect(judge({ items }, body, false, { status })).toMatchObject({ failure: { code: "http.answer" } });
      const ok = { path: "status", in: ["COMPLETE"] };
      expect(judge({ ok, items }, { status: "COMPLETE" }, false, { status })).toEqual({ status: "accepted" });
      expect(judge({ ok }, { status: "PENDING" }, false, { status })).toMatchObject({ status: "failed" });
    });
  });

  it.each([{}, { errors: null }, { errors: [] }])("and lists none: %j", (body) => {
    expect(judge({ items: { path: "errors", index: "row" } }, body)).toEqual({ status: "accepted" });
  });

  it.each([
    { errors: [{ row: 3 }] },
    { errors: [{ row: -1 }] },
    { errors: [{}] },
    { errors: "all" },
    { errors: [null] },
  ])("but not ours is no success: %j", (body) => {
    const rules: AnswerRules = { items: { path: "errors", index: "row" } };
    expect(judge(rules, body)).toMatchObject({ status: "failed", failure: { code: "http.answer", effect: "maybe" } });
  });

  it("in another number than the items is no success", () => {
    expect(judge({ items: { path: "", ok: { path: "s", in: [1] } } }, [{ s: 1 }])).toMatchObject({ status: "failed" });
  });
});

describe("JSON", () => {
  const rules = { ok: { path: "status", in: ["OK"] } };
  it.each([
    JSON.stringify('{"status":"OK"}'),
    `)]}',\n{"status":"OK"}`,
    'for(;;);{"status":"OK"}',
    'while(1);{"status":"OK"}',
  ])("is read behind a guard, and within a text: %s", (body) => {
    expect(judge(rules, body).status).toBe("accepted");
  });

  it.each([JSON.stringify('{"status":'), JSON.stringify('{"status":"NO"}'), ")]}'", 'for(;;){"status":"OK"}'])(
    "is not what only looks so: %s",
    (body) => {
      expect(judge(rules, body).status).toBe("failed");
    },
  );

  it("that is a text stays one", () => {
    for (const body of ['"OK"', '"[OK"']) {
      const text = JSON.parse(body) as string;
      expect(judge({ ok: { path: "", in: [text] } }, body).status).toBe("accepted");
    }
  });
});
