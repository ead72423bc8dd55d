import type { TnsCall, TnsReply, TnsRow } from "./call.ts";
import { arrayOf, type Behaviour, textRows } from "./known-statements.ts";

interface Delivery {
  readonly id: number;
  readonly strategy: string;
  readonly key: string;
  readonly ordinal: string;
  revision: number;
  traceparent: string;
  token: string | null;
  dueAt: number;
}

interface State {
  readonly migrations: string[];
  changes: (TnsRow & { readonly id: string })[];
  deliveries: Delivery[];
  lastId: number;
  lastRevision: number;
}

const recordedAt = "2026-01-02T03:04:05.678Z";

/**
 * What the statements of a delivery's life do, for one connection after the other: enough to see the adapter's paths through
 * the driver, with what a rollback takes back. It has no locks, and answers no question about them.
 */
export class Memory {
  state: State = { migrations: [], changes: [], deliveries: [], lastId: 0, lastRevision: 0 };
  /** What was there before each connection's transaction. */
  readonly #before = new Map<number, State>();

  readonly behaviours: { readonly [name: string]: Behaviour } = {
    character_set: () => textRows([["AL32UTF8"]]),
    migration_version: () =>
      this.state.migrations.length === 0
        ? { error: { number: 942, message: "table or view does not exist" } }
        : textRows([[String(this.state.migrations.length - 1)]]),
    migration_table: () => {
      this.state.migrations.push("lock");
      return {};
    },
    migration_lock: () => textRows([["0"]]),
    migration_applied: this.#writes(({ rows }) => {
      this.state.migrations.push(String(rows[0]?.name));
      return { rowCount: 1 };
    }),
    record: this.#writes((call) => this.#record(call)),
    record_traced: this.#writes((call) => this.#record(call)),
    lock: () => textRows(this.state.changes.length > 0 ? [["0"]] : []),
    take: ({ rows }) =>
      textRows(
        this.state.changes
          .slice(0, Number(rows[0]?.most))
          .map(({ id, category, condition, operation, traceparent }) => [
            id,
            String(category),
            String(condition),
            String(operation),
            null,
            recordedAt,
            traceparent ? String(traceparent) : null,
          ]),
        7,
      ),
    delete_taken: this.#writes(({ rows }) => {
      const taken = new Set(rows.map(({ id }) => id));
      this.state.changes = this.state.changes.filter(({ id }) => !taken.has(id));
      return { rowCount: taken.size };
    }),
    upsert: this.#writes((call) => this.#upsert(call)),
    claim: this.#writes((call) => this.#claim(call)),
    renew: this.#writes((call) => {
      const held = positions(
        call,
        (delivery) => {
          delivery.dueAt = Date.now() + Number(call.rows[0]?.lease_ms);
          return true;
        },
        this.state.deliveries,
      );
      return { out: { held } };
    }),
    settle: this.#writes((call) => this.#settle(call)),
    status: () => {
      const { changes, deliveries } = this.state;
      const leased = deliveries.filter(({ token }) => token !== null).length;
      const counts = [deliveries.length - leased, 0, 0, leased, 0, 0].map(String);
      const lane =
        deliveries.length === 0 ? [null, ...counts.map(() => null), null, null] : ["s", ...counts, null, "0"];
      return textRows([[recordedAt, String(changes.length), null, "0", ...lane]]);
    },
    strategies: () => ({
      columns: [
        { name: "REVISION", type: "VARCHAR2(40)" },
        { name: "NAME", type: "VARCHAR2(64 CHAR)" },
        { name: "DEFINITION", type: "CLOB" },
      ],
      rows: [["3", "s", `{"path":"/${"ü".repeat(5_000)}"}`]],
    }),
    commit: ({ connection }) => {
      this.#before.delete(connection);
      return undefined;
    },
    rollback: ({ connection }) => {
      this.state = this.#before.get(connection) ?? this.state;
      this.#before.delete(connection);
      return undefined;
    },
  };

  /** Keeps what was there, for a rollback; a call that commits needs none. */
  #writes(write: (call: TnsCall) => TnsReply): Behaviour {
    return (call) => {
      if (!this.#before.has(call.connection)) this.#before.set(call.connection, structuredClone(this.state));
      const reply = write(call);
      if (call.commit) this.#before.delete(call.connection);
      return reply;
    };
  }

  #record({ rows }: TnsCall): TnsReply {
    for (const row of rows) {
      this.state.lastId += 1;
      this.state.changes.push({ ...row, id: String(this.state.lastId) });
    }
    return { rowCount: rows.length };
  }

  #upsert(call: TnsCall): TnsReply {
    const names = ["keys", "strategies", "tokens", "leases", "ordinals", "traceparents"];
    const [keys, strategies, tokens, leases, ordinals, traces] = names.map((name) => arrayOf(call, name));
    const base = this.state.lastRevision;
    const leased: number[] = [];
    let inserted = 0;
    for (const [index, key] of (keys ?? []).entries()) {
      this.state.lastRevision += 1;
      const revision = this.state.lastRevision;
      const found = this.state.deliveries.find((each) => each.key === key && each.strategy === strategies?.[index]);
      const traceparent = String(traces?.[index] ?? "-");
      if (found !== undefined) {
        Object.assign(found, { revision, traceparent });
        continue;
      }
      inserted += 1;
      const token = tokens?.[index] ?? null;
      if (token !== null) leased.push(index + 1);
      this.state.deliveries.push({
        id: revision,
        strategy: String(strategies?.[index]),
        key: String(key),
        ordinal: String(ordinals?.[index]),
        revision,
        traceparent,
        token: token === null ? null : String(token),
        dueAt: Date.now() + Number(leases?.[index] ?? 0),
      });
    }
    return { out: { base: String(base), inserted, leased: leased.join(",") } };
  }

  #claim(call: TnsCall): TnsReply {
    const counts = arrayOf(call, "counts");
    const claimed = arrayOf(call, "strategies").flatMap((strategy, index) =>
      this.state.deliveries
        .filter((each) => each.strategy === strategy && each.dueAt <= Date.now())
        .slice(0, Number(counts[index])),
    );
    const lapsed = claimed.map(({ token }) => (token === null ? 0 : 1));
    for (const delivery of claimed) {
      delivery.token = String(call.rows[0]?.token);
      delivery.dueAt = Date.now() + Number(call.rows[0]?.lease_ms);
    }
    const claims = claimed.map(
      ({ id, ordinal, revision, traceparent, strategy, key }, index) =>
        `${lapsed[index]} ${id} ${ordinal} ${revision} upsert 0 0 ${recordedAt} ${traceparent} ${strategy} ${key}`,
    );
    return { out: { claims } };
  }

  #settle(call: TnsCall): TnsReply {
    const [results, revisions, delays] = ["results", "revisions", "delays"].map((name) => arrayOf(call, name));
    const again: number[] = [];
    const known = positions(
      call,
      (delivery, index) => {
        delivery.token = null;
        delivery.dueAt = Date.now() + Number(delays?.[index] ?? 0);
        if (results?.[index] !== "accepted") return true;
        if (String(delivery.revision) === revisions?.[index])
          this.state.deliveries = this.state.deliveries.filter((each) => each !== delivery);
        else again.push(index + 1);
        return true;
      },
      this.state.deliveries,
    ).split(",");
    const late = arrayOf(call, "ids").flatMap((_, index) => (known.includes(String(index + 1)) ? [] : [index + 1]));
    return { out: { again: again.join(","), late: late.join(",") } };
  }
}

/** Positions, from 1 and joined by commas, of what is still leased with the token that came along. */
function positions(
  call: TnsCall,
  apply: (delivery: Delivery, index: number) => boolean,
  deliveries: readonly Delivery[],
): string {
  const tokens = arrayOf(call, "tokens");
  return arrayOf(call, "ids")
    .flatMap((id, index) => {
      const found = deliveries.find((each) => String(each.id) === id && each.token === tokens[index]);
      return found !== undefined && apply(found, index) ? [index + 1] : [];
    })
    .join(",");
}
