import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { Problem, Strategy, Transport, WireValue } from "@syncline/core/spi";
import type { CheckGroup } from "../../suite/check.ts";
import { callOf, orderItem, strategyOf } from "../calls.ts";
import type { StrategyParts, TransportFixture } from "../fixture.ts";
import { type TransportCapability, transportCheck } from "../scene.ts";

const rounds = 300;

export const robustnessChecks: CheckGroup<TransportFixture, TransportCapability> = {
  name: "whatever it is given",
  checks: [
    transportCheck("strategies made of rubbish get problems, never a throw", async (scene) => {
      const { transport, single } = scene.fixture;
      const random = generator(1);
      for (let round = 0; round < rounds; round++) {
        const strategy = { ...strategyOf(single, 1 + (round % 2)), ...rubbish(random, single) };
        for (const { at, message } of problemsOf(transport, strategy)) {
          assert.equal(typeof at, "string");
          assert.match(message, /\S/, "a problem says what is wrong");
        }
      }
    }),
    transportCheck("calls made of rubbish get an outcome, never a throw", async (scene) => {
      const random = generator(2);
      for (let round = 0; round < rounds; round++) {
        const parts = rubbish(random, scene.fixture.single);
        const item = orderItem(`${round}`, rubbishValue(random, 3));
        await scene.invoke(callOf(parts, [item], { strategy: `rubbish-${round}` }));
      }
    }),
  ],
};

function problemsOf(transport: Transport, strategy: Strategy): readonly Problem[] {
  try {
    return transport.checkStrategy?.(strategy) ?? [];
  } catch (error) {
    const { path, method, options } = strategy;
    const message = `it threw ${inspect(error)} for ${inspect({ path, method, options }, { depth: 6 })}`;
    throw new assert.AssertionError({ message });
  }
}

type Random = (below: number) => number;

/** The same sequence in every run, so that a failure can be met again. */
function generator(seed: number): Random {
  let state = seed;
  return (below) => {
    // Numerical Recipes' linear congruence: its low bits repeat, so the high ones are taken.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const words = [
  "",
  "/",
  "//evil.example",
  "http://evil.example/",
  "/orders/{orderId}",
  "/orders/{",
  "}{",
  "/{missing}",
  "/../..",
  "/%2e%2e/",
  "/a\r\nx: y",
  "\u0000",
  "\ud800",
  "ordér.订单",
  "a.b.C/D",
  "GET",
  "__proto__",
  "constructor",
  "x".repeat(5_000),
] as const;
const names = [
  "headers",
  "answer",
  "envelope",
  "wrap",
  "delete",
  "path",
  "items",
  "ok",
  "__proto__",
  "toString",
  "0",
  "",
];

/** Each part now as it should be, now anything. */
function rubbish(random: Random, good: StrategyParts): StrategyParts {
  const odd = () => random(3) > 0;
  const options = odd() ? rubbishObject(random, 3) : { ...good.options, ...rubbishObject(random, 2) };
  const method = odd() ? pick(random, words) : good.method;
  return { path: odd() ? pick(random, words) : good.path, ...(method === undefined ? {} : { method }), options };
}

function rubbishObject(random: Random, depth: number): { readonly [name: string]: WireValue } {
  const entries = Array.from(
    { length: random(4) },
    () => [pick(random, names), rubbishValue(random, depth - 1)] as const,
  );
  return Object.fromEntries(entries);
}

function rubbishValue(random: Random, depth: number): WireValue {
  const choice = random(depth > 0 ? 7 : 5);
  if (choice === 0) return null;
  if (choice === 1) return random(2) === 0;
  if (choice === 2) return [0, -1, 1e308, 0.1, 2 ** 53][random(5)] ?? 0;
  if (choice < 5) return pick(random, words);
  if (choice === 5) return Array.from({ length: random(4) }, () => rubbishValue(random, depth - 1));
  return rubbishObject(random, depth);
}

function pick(random: Random, list: readonly string[]): string {
  return list[random(list.length)] ?? "";
}
