import assert from "node:assert/strict";
import type { DatabaseSession, Diagnosis, Finding } from "@syncline/core/spi";
import { never, rejectsWith } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onBareDatabase, onScene } from "../database-check.ts";

function diagnosisOf({ diagnosis }: DatabaseSession): Diagnosis {
  assert.ok(diagnosis !== undefined, "the session has a diagnosis");
  return diagnosis;
}

async function findingsOf(session: DatabaseSession, check?: string): Promise<readonly Finding[]> {
  const findings = await diagnosisOf(session).examine({}, never);
  return check === undefined ? findings : findings.filter((finding) => finding.check === check);
}

const told = ({ check, level, at }: Finding) => `${check} ${level} ${at}`;

export const diagnosisChecks: DatabaseCheckGroup = {
  name: "the diagnosis",
  checks: [
    onBareDatabase(
      "tables that are missing are an error, with what makes them",
      async ({ session }) => {
        const found = await findingsOf(session, "schema");
        assert.deepEqual(
          found.map(({ level }) => level),
          ["error"],
        );
        assert.match(found[0]?.remedy?.join() ?? "", /syncline migrate/);
        const drift = await findingsOf(session, "drift");
        assert.deepEqual(
          drift.filter(({ level }) => level === "ok"),
          [],
          "there is nothing that could be as it should be",
        );
      },
      "diagnosis",
    ),
    onScene(
      "the server, the tables and the clock are looked at, and told where they are well",
      async ({ fixture: { session } }) => {
        const findings = await findingsOf(session);
        for (const check of ["server", "schema", "clock"]) {
          const own = findings.filter((finding) => finding.check === check);
          assert.ok(own.length > 0, `nothing is told of: ${check}`);
          assert.deepEqual(own.filter(({ level }) => level !== "ok").map(told), []);
        }
        assert.deepEqual(
          findings.filter(({ check, level }) => check === "drift" && level !== "ok"),
          [],
          "tables as the migrations have just made them",
        );
      },
      "diagnosis",
    ),
    onScene(
      "each finding is told once, in whole sentences, and what is wrong says why it matters",
      async ({ fixture: { session } }) => {
        const findings = await findingsOf(session);
        for (const finding of findings) {
          const { level, check, at, message, why } = finding;
          assert.ok(["ok", "warn", "error", "unknown"].includes(level), told(finding));
          assert.ok(/^[a-z-]+$/.test(check) && at !== "", told(finding));
          assert.match(message, /[.!"]$/, told(finding));
          if (level === "warn" || level === "error") assert.match(why ?? "", /\.$/, `why of ${told(finding)}`);
        }
        assert.equal(new Set(findings.map(told)).size, findings.length, findings.map(told).join("\n"));
      },
      "diagnosis",
    ),
    onScene(
      "looking changes nothing, and ends with its signal",
      async ({ fixture: { session }, fold, counts }) => {
        await fold(["a"]);
        const before = await counts();
        await findingsOf(session);
        const after = await counts();
        assert.deepEqual([after?.due, after?.waiting, after?.leased], [before?.due, before?.waiting, before?.leased]);
        const ended = AbortSignal.abort();
        await rejectsWith(
          ["operation.aborted"],
          "a look whose signal has fired",
          diagnosisOf(session).examine({}, ended),
        );
      },
      "diagnosis",
    ),
  ],
};
