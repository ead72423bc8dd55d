import { setTimeout as sleep } from "node:timers/promises";
import { testDelivery } from "@syncline/testkit/makers";
import { sqlite } from "../adapter.ts";
import { openWithDriver } from "./driver.ts";

/** A worker of its own process on the file it is given: prints each key that it delivered, until its input has ended and nothing is left. */
const [, , file = ""] = process.argv;
const never = new AbortController().signal;
const { poller, backlog, close } = sqlite({ open: () => openWithDriver(file) }).open({
  log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
});

console.error("at work");
let isOver = false;
process.stdin.resume().on("end", () => {
  isOver = true;
});

for (;;) {
  await poller.dispatch(
    10,
    (changes) => ({
      deliveries: changes.map(({ condition, recordedAt }) =>
        testDelivery({ strategy: "s", key: condition, firstRecordedAt: recordedAt }),
      ),
      refused: [],
    }),
    never,
  );
  const lease = { token: crypto.randomUUID(), durationMs: 600_000 };
  const claims = await poller.claim([{ strategy: "s", count: 7, strict: false }], lease, never);
  if (claims.length > 0) await poller.settle(claims.map((claim) => ({ result: "accepted", claim })));
  for (const { key } of claims) console.log(key);
  const { changes, strategies } = await backlog.status(never);
  if (isOver && changes === 0 && strategies.length === 0) break;
  await sleep(1);
}
await close();
