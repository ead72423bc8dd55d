import {
  clockFinding,
  createDiagnosis,
  type Examination,
  type Migrator,
  schemaExamination,
  type Told,
} from "@syncline/core/adapter-kit";
import type { Diagnosis } from "@syncline/core/spi";
import { clock, type Store } from "../store.ts";
import { driftOf } from "./drift.ts";

/** `unixepoch('subsec')` is of that version. */
const oldest = [3, 42];

export function diagnosisOf(store: Store, migrator: Migrator): Diagnosis {
  return createDiagnosis([
    serverOf(store),
    schemaExamination(migrator, "the SQLite file"),
    clockOf(store),
    driftOf(store),
    settingsOf(store),
    integrityOf(store),
    horizon,
  ]);
}

function serverOf(store: Store): Examination {
  const at = "the SQLite library";
  return {
    check: "server",
    at,
    look: async (_, signal) => {
      const [[version] = []] = await store.read((sql) => sql.rows("SELECT sqlite_version()"), signal);
      const [major = 0, minor = 0] = String(version).split(".").map(Number);
      const [least = 0, leastMinor = 0] = oldest;
      if (major > least || (major === least && minor >= leastMinor))
        return [{ level: "ok", at, message: `SQLite ${version}.` }];
      const why = "Statements of Syncline's use what older ones do not have.";
      return [
        {
          level: "error",
          at,
          message: `SQLite ${version}; Syncline needs ${oldest.join(".")}.`,
          why,
          remedy: ["A newer driver"],
        },
      ];
    },
  };
}

function clockOf(store: Store): Examination {
  return {
    check: "clock",
    at: "the database's clock",
    look: async (_, signal) => {
      const before = Date.now();
      const [[now] = []] = await store.read((sql) => sql.rows(`SELECT ${clock}`), signal);
      return [clockFinding(Number(now), before, Date.now())];
    },
  };
}

interface Expected {
  readonly isWell: (value: string) => boolean;
  readonly level: Told["level"];
  readonly why: string;
  readonly to: string;
}

/** Of the file, or of the connections that `open` gives. */
const expected: { readonly [pragma: string]: Expected } = {
  journal_mode: {
    isWell: (value) => value === "wal",
    level: "warn",
    why: "Without a write-ahead log each read keeps writers waiting, and each writer all reads.",
    to: "wal",
  },
  ignore_check_constraints: {
    isWell: (value) => value === "0",
    level: "warn",
    why: "States and operations that do not exist could be written to Syncline's tables.",
    to: "0",
  },
};

function settingsOf(store: Store): Examination {
  const at = "settings";
  return {
    check: "settings",
    at,
    look: async (_, signal) => {
      const values = await store.read(
        (sql) => Object.keys(expected).map((name) => [name, String(sql.rows(`PRAGMA ${name}`)[0]?.[0])] as const),
        signal,
      );
      const found = values.flatMap(([name, value]): readonly Told[] => {
        const wanted = expected[name];
        if (wanted === undefined || wanted.isWell(value)) return [];
        const { level, why, to } = wanted;
        return [{ level, at: name, message: `It is ${value}.`, why, remedy: [`PRAGMA ${name} = ${to}`] }];
      });
      if (found.length > 0) return found;
      return [{ level: "ok", at, message: `${values.map(([name, value]) => `${name} ${value}`).join(", ")}.` }];
    },
  };
}

/** A check of this much takes a second or two, for which this thread does nothing else. */
const mostBytes = 256 * 2 ** 20;

function integrityOf(store: Store): Examination {
  const at = "the file";
  return {
    check: "integrity",
    at,
    look: async (_, signal) =>
      await store.read((sql): readonly Told[] => {
        const [[bytes] = []] = sql.rows("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()");
        if (Number(bytes) > mostBytes)
          return [
            {
              level: "unknown",
              at,
              message: `It has ${bytes} bytes: to check it would hold this thread for long.`,
              remedy: ["PRAGMA integrity_check"],
            },
          ];
        const problems = sql.rows("PRAGMA integrity_check(10)").map(([problem]) => String(problem));
        if (problems.join() === "ok") return [{ level: "ok", at, message: `${bytes} bytes, and in order.` }];
        const why = "What is read from a broken file may be wrong, and what is written to it may be lost.";
        return [
          {
            level: "error",
            at,
            message: `PRAGMA integrity_check finds ${problems.length} problems.`,
            why,
            remedy: ["REINDEX", "sqlite3 <file> .recover | sqlite3 <another file>"],
          },
        ];
      }, signal),
  };
}

/** No statement tells of them. */
const horizon: Examination = {
  check: "horizon",
  at: "readers of other processes",
  look: async () => [
    {
      level: "unknown",
      at: "readers of other processes",
      message: "SQLite does not tell who holds an old snapshot, with which the -wal file grows.",
    },
  ],
};
