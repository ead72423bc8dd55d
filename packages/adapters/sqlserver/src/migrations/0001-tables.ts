import { binary, instant, keyText, strategyName, word } from "../sql/column-types.ts";

/** The tables. `schema` is a quoted identifier. */
export function tables(schema: string): readonly string[] {
  return [
    change(schema),
    delivery(schema),
    `CREATE INDEX delivery_due ON ${schema}.delivery (strategy, due_at, id) WHERE state = 'pending' ${rowLocksOnly}`,
    `CREATE INDEX delivery_dead ON ${schema}.delivery (id) WHERE state <> 'pending' ${rowLocksOnly}`,
    ...["change", "delivery"].map((table) => `ALTER TABLE ${schema}.${table} SET (LOCK_ESCALATION = DISABLE)`),
  ];
}

// READPAST skips locked rows, not locked pages, and a table lock stops everybody. So there are no page locks, and no
// escalation: that comes with 5,000 locks of one statement, which a batch of a few thousand reaches. A row lock is 96
// bytes or so, ten thousand of them a megabyte.
const rowLocksOnly = "WITH (ALLOW_PAGE_LOCKS = OFF)";

// Ids come in the order of the inserts, so the table only grows at one end and shrinks at the other.
const change = (schema: string) => `CREATE TABLE ${schema}.change (
  id bigint IDENTITY NOT NULL CONSTRAINT change_pk PRIMARY KEY CLUSTERED ${rowLocksOnly},
  recorded_at ${instant} NOT NULL CONSTRAINT change_recorded_at DEFAULT SYSUTCDATETIME(),
  category nvarchar(128) ${binary} NOT NULL,
  condition nvarchar(4000) NOT NULL,
  operation ${word} NOT NULL CONSTRAINT change_operation_default DEFAULT 'upsert'
    CONSTRAINT change_operation CHECK (operation IN ('upsert', 'delete')),
  strategy ${strategyName}
)`;

// Clustered by what names a delivery (872 bytes at most, 900 are allowed): who folds into one and who settles it lock the
// row first and the other indexes after it. With the id in front, one would come through the index of names to the row,
// the other from the row to the index of names, and they would dead-lock on the keys that are busiest.
const delivery = (schema: string) => `CREATE TABLE ${schema}.delivery (
  strategy ${strategyName} NOT NULL,
  [key] ${keyText} NOT NULL,
  ordinal bigint NOT NULL CONSTRAINT delivery_ordinal DEFAULT 0,
  id bigint NOT NULL,
  revision bigint NOT NULL,
  due_at ${instant} NOT NULL,
  first_recorded_at ${instant} NOT NULL,
  changes bigint NOT NULL CONSTRAINT delivery_changes DEFAULT 1,
  token uniqueidentifier,
  epoch int NOT NULL CONSTRAINT delivery_epoch DEFAULT 0,
  attempts int NOT NULL CONSTRAINT delivery_attempts DEFAULT 0,
  debounced bit NOT NULL CONSTRAINT delivery_debounced DEFAULT 0,
  state ${word} NOT NULL CONSTRAINT delivery_state_default DEFAULT 'pending'
    CONSTRAINT delivery_state CHECK (state IN ('pending', 'dead', 'held')),
  operation ${word} NOT NULL CONSTRAINT delivery_operation CHECK (operation IN ('upsert', 'delete')),
  failure_kind varchar(20),
  failure_code nvarchar(200),
  failure_message nvarchar(2000),
  died_at ${instant},
  CONSTRAINT delivery_pk PRIMARY KEY CLUSTERED (strategy, [key], ordinal) ${rowLocksOnly}
)`;
