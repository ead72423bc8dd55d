import { binary, instant, strategyName } from "../sql/column-types.ts";

/** What workers share beside the deliveries, and the strategies. `schema` is a quoted identifier. */
export function strategies(schema: string): readonly string[] {
  return [
    dispatcher(schema),
    `INSERT INTO ${schema}.dispatcher (id) VALUES (1)`,
    strategy(schema),
    strategyEdited(schema),
    pause(schema),
    refused(schema),
    `CREATE INDEX refused_category ON ${schema}.refused (category, id)`,
  ];
}

const dispatcher = (schema: string) => `CREATE TABLE ${schema}.dispatcher (
  id int NOT NULL CONSTRAINT dispatcher_pk PRIMARY KEY CLUSTERED WITH (ALLOW_PAGE_LOCKS = OFF),
  strategies_revision bigint NOT NULL CONSTRAINT dispatcher_strategies_revision DEFAULT 0,
  revision bigint NOT NULL CONSTRAINT dispatcher_revision DEFAULT 0,
  CONSTRAINT dispatcher_one CHECK (id = 1)
)`;

const strategy = (schema: string) => `CREATE TABLE ${schema}.strategy (
  name ${strategyName} NOT NULL CONSTRAINT strategy_pk PRIMARY KEY,
  definition nvarchar(max) NOT NULL CONSTRAINT strategy_definition CHECK (ISJSON(definition) = 1),
  enabled bit NOT NULL CONSTRAINT strategy_enabled DEFAULT 1,
  updated_at ${instant} NOT NULL CONSTRAINT strategy_updated_at DEFAULT SYSUTCDATETIME()
)`;

// In the editor's own transaction, and on the row that a dispatch locks: so no change is dispatched between an edit and
// its commit, and the first dispatch after it knows of it. Whoever may edit strategies needs no right to the dispatcher's
// table: both belong to the schema's owner. Where RECURSIVE_TRIGGERS is on, the trigger's own UPDATE sets it off once more.
const strategyEdited = (schema: string) => `CREATE TRIGGER ${schema}.strategy_edited ON ${schema}.strategy
AFTER INSERT, UPDATE, DELETE AS
BEGIN
SET NOCOUNT ON;
UPDATE ${schema}.dispatcher SET strategies_revision = strategies_revision + 1 WHERE id = 1;
IF NOT UPDATE(updated_at)
UPDATE s SET updated_at = SYSUTCDATETIME()
  FROM ${schema}.strategy AS s
  JOIN inserted AS i ON i.name = s.name
  JOIN deleted AS d ON d.name = i.name;
END`;

const pause = (schema: string) => `CREATE TABLE ${schema}.pause (
  strategy ${strategyName} NOT NULL CONSTRAINT pause_pk PRIMARY KEY,
  paused_at ${instant} NOT NULL CONSTRAINT pause_paused_at DEFAULT SYSUTCDATETIME()
)`;

const refused = (schema: string) => `CREATE TABLE ${schema}.refused (
  id bigint NOT NULL CONSTRAINT refused_pk PRIMARY KEY,
  recorded_at ${instant} NOT NULL,
  category nvarchar(128) ${binary} NOT NULL,
  condition nvarchar(4000) NOT NULL,
  operation varchar(10) NOT NULL,
  strategy ${strategyName},
  reason nvarchar(2000) NOT NULL
)`;
