import { localName, nameOf, type Place } from "../sql/names.ts";

/**
 * The tables. Every text column is of characters, since a key has up to 400 of them in whatever language; `condition`, which
 * may be spelled at greater length, is a VARCHAR2 and not a CLOB, which FOR UPDATE SKIP LOCKED may return empty.
 */
export function tables(place: Place): readonly string[] {
  return [change(place), delivery(place), deliveryDue(place)];
}

// A cache of ids is a gap after a restart, and nothing else: ids are not commit order anyhow.
const change = (place: Place) => `CREATE TABLE ${nameOf(place, "change")} (
  id NUMBER(19) GENERATED ALWAYS AS IDENTITY (CACHE 1000) NOT NULL,
  recorded_at TIMESTAMP(6) WITH TIME ZONE DEFAULT SYSTIMESTAMP NOT NULL,
  category VARCHAR2(128 CHAR) NOT NULL,
  condition VARCHAR2(4000) NOT NULL,
  operation VARCHAR2(6 CHAR) DEFAULT 'upsert' NOT NULL,
  strategy VARCHAR2(64 CHAR),
  CONSTRAINT ${localName(place, "change_pk")} PRIMARY KEY (id),
  CONSTRAINT ${localName(place, "change_op")} CHECK (operation IN ('upsert', 'delete'))
)`;

// Room in each block for a fold, which lengthens no more than two numbers, and for a failure's texts.
const delivery = (place: Place) => `CREATE TABLE ${nameOf(place, "delivery")} (
  id NUMBER(19) NOT NULL,
  strategy VARCHAR2(64 CHAR) NOT NULL,
  key VARCHAR2(400 CHAR) NOT NULL,
  ordinal NUMBER(19) DEFAULT 0 NOT NULL,
  revision NUMBER(19) NOT NULL,
  state VARCHAR2(7 CHAR) DEFAULT 'pending' NOT NULL,
  due_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  first_recorded_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  changes NUMBER(19) DEFAULT 1 NOT NULL,
  token VARCHAR2(36 CHAR),
  epoch NUMBER(9) DEFAULT 0 NOT NULL,
  attempts NUMBER(9) DEFAULT 0 NOT NULL,
  debounced NUMBER(1) DEFAULT 0 NOT NULL,
  operation VARCHAR2(6 CHAR) NOT NULL,
  failure_kind VARCHAR2(64 CHAR),
  failure_code VARCHAR2(200 CHAR),
  failure_message VARCHAR2(4000),
  died_at TIMESTAMP(6) WITH TIME ZONE,
  CONSTRAINT ${localName(place, "delivery_pk")} PRIMARY KEY (id),
  CONSTRAINT ${localName(place, "delivery_uk")} UNIQUE (strategy, key, ordinal),
  CONSTRAINT ${localName(place, "delivery_st")} CHECK (state IN ('pending', 'dead', 'held')),
  CONSTRAINT ${localName(place, "delivery_op")} CHECK (operation IN ('upsert', 'delete'))
) PCTFREE 30 INITRANS 4`;

// In UTC by name: an index on a time with a zone is one on SYS_EXTRACT_UTC of it in any case, and statements that say so
// are sure to use it, for their order as well.
const deliveryDue = (place: Place) =>
  `CREATE INDEX ${nameOf(place, "delivery_due")} ON ${nameOf(place, "delivery")} (strategy, state, SYS_EXTRACT_UTC(due_at), id)`;
