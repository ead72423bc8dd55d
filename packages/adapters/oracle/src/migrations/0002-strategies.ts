import { localName, nameOf, type Place } from "../sql/names.ts";

/** What workers share beside the deliveries, and the strategies. */
export function strategies(place: Place): readonly string[] {
  return [
    dispatcher(place),
    firstDispatcher(place),
    strategy(place),
    bumpRevision(place),
    touch(place),
    pause(place),
    refused(place),
    refusedByCategory(place),
  ];
}

const dispatcher = (place: Place) => `CREATE TABLE ${nameOf(place, "dispatcher")} (
  id NUMBER(1) DEFAULT 1 NOT NULL,
  strategies_revision NUMBER(19) DEFAULT 0 NOT NULL,
  last_revision NUMBER(19) DEFAULT 0 NOT NULL,
  CONSTRAINT ${localName(place, "dispatcher_pk")} PRIMARY KEY (id),
  CONSTRAINT ${localName(place, "dispatcher_one")} CHECK (id = 1)
)`;

/** Repeatable, as every step: DDL commits, so that a migration that breaks off is half done and begun anew. */
const firstDispatcher = (place: Place) =>
  `INSERT INTO ${nameOf(place, "dispatcher")} (id) SELECT 1 FROM dual
 WHERE NOT EXISTS (SELECT 1 FROM ${nameOf(place, "dispatcher")})`;

const strategy = (place: Place) => `CREATE TABLE ${nameOf(place, "strategy")} (
  name VARCHAR2(64 CHAR) NOT NULL,
  definition CLOB NOT NULL,
  enabled NUMBER(1) DEFAULT 1 NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE DEFAULT SYSTIMESTAMP NOT NULL,
  CONSTRAINT ${localName(place, "strategy_pk")} PRIMARY KEY (name),
  CONSTRAINT ${localName(place, "strategy_js")} CHECK (definition IS JSON STRICT),
  CONSTRAINT ${localName(place, "strategy_en")} CHECK (enabled IN (0, 1))
)`;

// In the editor's own transaction, and on the row that a dispatch locks: so no change is dispatched between an edit and
// its commit, and the first dispatch after it knows of it. A trigger has its owner's rights: whoever may edit strategies
// needs none to the lock table. TRUNCATE fires no trigger: delete the rows instead.
const bumpRevision = (place: Place) => `CREATE OR REPLACE TRIGGER ${nameOf(place, "strategy_bump")}
AFTER INSERT OR UPDATE OR DELETE ON ${nameOf(place, "strategy")}
BEGIN
  UPDATE ${nameOf(place, "dispatcher")} SET strategies_revision = strategies_revision + 1 WHERE id = 1;
END;`;

const touch = (place: Place) => `CREATE OR REPLACE TRIGGER ${nameOf(place, "strategy_touch")}
BEFORE UPDATE ON ${nameOf(place, "strategy")}
FOR EACH ROW
BEGIN
  :NEW.updated_at := SYSTIMESTAMP;
END;`;

const pause = (place: Place) => `CREATE TABLE ${nameOf(place, "pause")} (
  strategy VARCHAR2(64 CHAR) NOT NULL,
  paused_at TIMESTAMP(6) WITH TIME ZONE DEFAULT SYSTIMESTAMP NOT NULL,
  CONSTRAINT ${localName(place, "pause_pk")} PRIMARY KEY (strategy)
)`;

const refused = (place: Place) => `CREATE TABLE ${nameOf(place, "refused")} (
  id NUMBER(19) NOT NULL,
  recorded_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  category VARCHAR2(128 CHAR) NOT NULL,
  condition VARCHAR2(4000) NOT NULL,
  operation VARCHAR2(6 CHAR) NOT NULL,
  strategy VARCHAR2(64 CHAR),
  reason VARCHAR2(4000) NOT NULL,
  CONSTRAINT ${localName(place, "refused_pk")} PRIMARY KEY (id)
)`;

const refusedByCategory = (place: Place) =>
  `CREATE INDEX ${nameOf(place, "refused_category")} ON ${nameOf(place, "refused")} (category, id)`;
