import type { SyncCall, Transport } from "@syncline/core/spi";
import { expect } from "vitest";
import { http } from "./http.ts";
import type { HttpOptions } from "./options.ts";
import { awsProblem } from "./testing/aws-verifier.ts";
import { failureOf, item, upsert } from "./testing/calls.ts";
import { accepted, bound, type Mutant } from "./testing/mutant.ts";
import { type Promises, promiseSuite, type Scene } from "./testing/promise-suite.ts";

const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const scope = { region: "us-east-1", service: "es" };
const guarded: SyncCall["options"] = {
  headers: { "if-match": "{{document.etag}}" },
  onConflict: { version: { header: "etag" }, compare: "revision" },
};
const guardedCall = (etag: string | null, revision = "5") =>
  upsert({ items: [item("42", { etag }, { revision })], options: guarded });

function options(url: string): HttpOptions {
  return {
    baseUrl: url,
    auth: { oauth2: { tokenUrl: `${url}/token`, clientId: "me", clientSecret: "env:SYNCLINE_PROMISED" } },
  };
}

const made =
  (change: (given: HttpOptions) => HttpOptions = (given) => given) =>
  ({ url }: { readonly url: string }): Transport =>
    http(change(options(url)));
/** With each call changed, or each answer. */
const invoked = (change: (inner: ReturnType<typeof bound>) => ReturnType<typeof bound>): Mutant["create"] => {
  return (address) => {
    const transport = made()(address);
    return { ...transport, open: (context) => change(bound(transport.open(context))) };
  };
};

/** Gives out tokens by number, and takes the newest alone. */
function tokens({ server }: Scene, answer: (taken: boolean) => number = (taken) => (taken ? 200 : 401)) {
  const asked: string[] = [];
  let given = 0;
  process.env.SYNCLINE_PROMISED = "first-secret";
  server.script = ({ url, headers, text }, response) => {
    if (url !== "/token") {
      response.writeHead(answer(headers.authorization === `Bearer token-number-${given}`)).end("{}");
      return;
    }
    asked.push(text);
    given += 1;
    response.end(JSON.stringify({ access_token: `token-number-${given}`, token_type: "Bearer", expires_in: 3600 }));
  };
  return { asked, revoke: () => (given += 1) };
}

const limited = async (scene: Scene, status: number, headers: Record<string, string>) => {
  tokens(scene);
  const { script } = scene.server;
  scene.server.script = (request, response, incoming) => {
    if (request.url === "/token") script(request, response, incoming);
    else response.writeHead(status, headers).end();
  };
  return failureOf(await scene.send(upsert()));
};

/** What this transport promises of limits, tokens, conditions and what it signs. */
const promises: Promises = {
  "a throttled call waits as long as its headers say": async (scene) => {
    const found = await limited(scene, 429, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "30" });
    expect(found).toMatchObject({ kind: "throttled", retryAfterMs: 30_000 });
  },
  "a reset is no wish where something is left": async (scene) => {
    const found = await limited(scene, 429, { "x-ratelimit-remaining": "4999", "x-ratelimit-reset": "3000" });
    expect(found.retryAfterMs).toBeUndefined();
  },
  "a 403 with nothing left is a limit": async (scene) => {
    const found = await limited(scene, 403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "30" });
    expect(found.kind).toBe("throttled");
  },
  "a token is asked for once, however many calls wait": async (scene) => {
    const { asked } = tokens(scene);
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => scene.send(upsert())));
    expect([outcomes, asked.length]).toEqual([[accepted, accepted, accepted, accepted], 1]);
  },
  "a token that is refused is replaced, and its call goes out once more": async (scene) => {
    const { asked, revoke } = tokens(scene);
    await scene.send(upsert());
    revoke();
    expect([await scene.send(upsert()), asked.length]).toEqual([accepted, 2]);
  },
  "what is refused with a fresh token is unauthorized, and not tried again": async (scene) => {
    const { asked } = tokens(scene, () => 401);
    expect(failureOf(await scene.send(upsert()))).toMatchObject({ kind: "unauthorized", effect: "no" });
    expect(asked.length).toBe(2);
  },
  "a condition without its value is not sent": async (scene) => {
    tokens(scene);
    expect((await scene.send(guardedCall(null))).status).toBe("unsendable");
    expect(scene.server.received).toEqual([]);
  },
  "a conflict is accepted only where the version there is no older one": async (scene) => {
    tokens(scene);
    const { script } = scene.server;
    scene.server.script = (request, response, incoming) => {
      if (request.url === "/token") script(request, response, incoming);
      else response.writeHead(412, { etag: '"5"' }).end();
    };
    expect(await scene.send(guardedCall("x", "5"))).toEqual(accepted);
    expect(failureOf(await scene.send(guardedCall("x", "6"))).kind).toBe("transient");
  },
};

const mutants: readonly Mutant[] = [
  {
    name: "forgets what the headers ask",
    create: invoked((inner) => ({
      ...inner,
      invoke: async (call, context) => {
        const outcome = await inner.invoke(call, context);
        if (outcome.status !== "failed") return outcome;
        const { retryAfterMs: _, ...failure } = outcome.failure;
        return { status: "failed", failure };
      },
    })),
    caughtBy: "a throttled call waits as long as its headers say",
  },
  {
    name: "waits for every reset",
    create: made((given) => ({ ...given, waitHeaders: ["x-ratelimit-reset"] })),
    caughtBy: "a reset is no wish where something is left",
  },
  {
    name: "takes each 403 for a missing right",
    create: made((given) => ({ ...given, statusKinds: { 403: "unauthorized" } })),
    caughtBy: "a 403 with nothing left is a limit",
  },
  {
    name: "opens anew for each call",
    create: (address) => {
      const transport = made()(address);
      return {
        ...transport,
        open: (context) => ({ invoke: (call, given) => transport.open(context).invoke(call, given) }),
      };
    },
    caughtBy: "a token is asked for once, however many calls wait",
  },
  {
    name: "keeps its first token",
    create: (address) => {
      const transport = made()(address);
      const fixed = made((given) => ({ ...given, auth: { bearer: "token-number-1" } }))(address);
      let calls = 0;
      return {
        ...transport,
        open: (context) => ({
          invoke: (call, given) => {
            calls += 1;
            return (calls === 1 ? transport : fixed).open(context).invoke(call, given);
          },
        }),
      };
    },
    caughtBy: "a token that is refused is replaced, and its call goes out once more",
  },
  {
    name: "goes on with fresh tokens for ever",
    create: invoked((inner) => ({
      ...inner,
      invoke: async (call, context) => {
        const outcome = await inner.invoke(call, context);
        return outcome.status === "failed" && outcome.failure.kind === "unauthorized"
          ? inner.invoke(call, context)
          : outcome;
      },
    })),
    caughtBy: "what is refused with a fresh token is unauthorized, and not tried again",
  },
  {
    name: "leaves out what has no value",
    create: invoked((inner) => ({
      ...inner,
      invoke: (call, context) => inner.invoke({ ...call, options: {} }, context),
    })),
    caughtBy: "a condition without its value is not sent",
  },
  {
    name: "takes each conflict for a newer version",
    create: invoked((inner) => ({
      ...inner,
      invoke: (call, context) =>
        inner.invoke(
          { ...call, options: { ...call.options, onConflict: undefined, statusKinds: { 412: "accepted" } } as never },
          context,
        ),
    })),
    caughtBy: "a conflict is accepted only where the version there is no older one",
  },
];

promiseSuite(promises, mutants, made());

const signing: Promises = {
  "what is signed is what is sent": async ({ server, send }) => {
    const problems: (string | undefined)[] = [];
    server.script = (request, response) => {
      problems.push(awsProblem(request, { secret, ...scope }));
      response.end();
    };
    await send(upsert({ items: [item("a b", { big: "ü".repeat(2_000) })] }));
    expect(problems).toEqual([undefined]);
  },
};
const signed =
  (change: (given: HttpOptions) => HttpOptions = (given) => given) =>
  ({ url }: { readonly url: string }) =>
    http(
      change({
        baseUrl: url,
        gzip: true,
        auth: { aws: { ...scope, accessKeyId: "AKIDEXAMPLE", secretAccessKey: secret } },
      }),
    );
const after = (change: (config: { data?: unknown; url?: string }) => void) =>
  signed((given) => ({
    ...given,
    configure: ({ interceptors }) => {
      interceptors.request.use((config) => {
        change(config);
        return config;
      });
    },
  }));

promiseSuite(
  signing,
  [
    {
      name: "signs before the body is final",
      create: after((config) => {
        config.data = "{}";
      }),
      caughtBy: "what is signed is what is sent",
    },
    {
      name: "signs another address",
      create: after((config) => {
        config.url = `${config.url}?page=1`;
      }),
      caughtBy: "what is signed is what is sent",
    },
  ],
  signed(),
);
