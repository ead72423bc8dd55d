import type { RecordedChange } from "@syncline/core/spi";
import { testDelivery } from "@syncline/testkit/makers";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { mariadb } from "./adapter.ts";
import { testServer } from "./testing/server.ts";
import { connect, never, silent, uniqueName } from "./testing/session.ts";

const server = await testServer();
const keyOf = (number: number) => `{"orderId":"${number}"}`;
/** Long enough for a busy machine; whoever waits for the portion waits for ever. */
const soon = () => AbortSignal.timeout(20_000);
const route = (changes: readonly RecordedChange[]) => ({
  deliveries: changes.map(({ condition }) => testDelivery({ strategy: "crm", key: condition })),
  refused: [],
});

describe.skipIf(server === undefined)("ten thousand dead letters", async () => {
  if (server === undefined) return;
  const schema = uniqueName("bulk");
  const admin = await connect(server, "mysql");
  const open = () => mariadb({ config: { ...server }, schema }).open({ log: silent });
  const [acting, working] = [open(), open()];
  beforeAll(() => acting.migrate(never));

  const record = (conditions: readonly string[]) =>
    admin.batch(
      `INSERT INTO ${schema}.change (category, \`condition\`) VALUES ('order', ?)`,
      conditions.map((condition) => [condition]),
    );
  const column = async (text: string): Promise<readonly string[]> =>
    ((await admin.query(text)) as readonly (readonly unknown[])[]).map(([value]) => String(value));

  test.each(["requeue", "discard"] as const)(
    "while a portion of a %s is open, dispatch, claims and settlements go on",
    async (what) => {
      await admin.query(`DELETE FROM ${schema}.delivery`);
      await admin.query(`INSERT INTO ${schema}.delivery
          (id, strategy, \`key\`, revision, operation, first_recorded_at, due_at, state, died_at, failure_kind, failure_code, failure_message)
        SELECT 1000000 + seq, 'crm', CONCAT('{"orderId":"', seq, '"}'), seq, 'upsert', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 'dead',
               UTC_TIMESTAMP(6), 'rejected', 'http.422', 'no'
          FROM seq_1_to_10000`);
      const ids = await column(`SELECT id FROM ${schema}.delivery ORDER BY id LIMIT 1000`);
      const holder = await connect(server);
      onTestFinished(() => holder.destroy());
      // The portion's last statement waits here, with all its locks.
      await holder.query(`LOCK TABLES ${schema}.operation WRITE`);
      const entry = { action: what, actor: "ann", reason: "mended", strategy: "crm", selection: "{}" } as const;
      const portion = acting.backlog[what]({ ids }, never, entry);
      const waiting = `SELECT COUNT(*) FROM information_schema.processlist WHERE state LIKE 'Waiting for%' AND info LIKE '%${schema}%'`;
      await expect.poll(() => column(waiting), { timeout: 20_000 }).not.toEqual(["0"]);

      const others = Array.from({ length: 50 }, (_, index) => keyOf(20_000 + index));
      // A dead one is revived, which is none of the portion.
      await record([...others, keyOf(9_999)]);
      const { taken } = await working.poller.dispatch(100, route, soon());
      const lease = { token: crypto.randomUUID(), durationMs: 60_000 };
      const claims = await working.poller.claim([{ strategy: "crm", count: 200, strict: false }], lease, soon());
      expect([taken, claims.length]).toEqual([51, 51]);
      const settlements = claims.map((claim) => ({ result: "accepted", claim }) as const);
      expect(await working.poller.settle(settlements)).toEqual(claims.map(() => "applied"));
      expect((await working.backlog.status(soon())).strategies[0]?.dead).toBe(9_999);

      // One of the portion: it waits for the portion, and no longer.
      await record([keyOf(7)]);
      const dispatched = working.poller.dispatch(100, route, soon());
      await holder.query("UNLOCK TABLES");
      expect([await portion, (await dispatched).taken]).toEqual([1_000, 1]);
      const revived = `SELECT COUNT(*) FROM ${schema}.delivery WHERE \`key\` = '${keyOf(7)}' AND state = 'pending'`;
      expect(await column(revived)).toEqual(["1"]);
    },
  );
});
