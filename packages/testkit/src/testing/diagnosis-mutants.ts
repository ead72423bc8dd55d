import type { Finding } from "@syncline/core/spi";
import type { Breakage } from "./memory-fixture.ts";
import { breakSession, type Mutant } from "./mutant.ts";

function telling(broken: (findings: readonly Finding[]) => readonly Finding[]): Breakage {
  return breakSession(({ diagnosis }) =>
    diagnosis === undefined
      ? {}
      : {
          diagnosis: { examine: async (request, signal) => broken(await diagnosis.examine(request, signal)) },
        },
  );
}

const missing = "tables that are missing are an error, with what makes them";
const lookedAt = "the server, the tables and the clock are looked at, and told where they are well";
const whole = "each finding is told once, in whole sentences, and what is wrong says why it matters";
const harmless = "looking changes nothing, and ends with its signal";

export const diagnosisMutants: readonly Mutant[] = [
  {
    name: "finds tables in order that are not there",
    caughtBy: missing,
    breakage: telling((findings) => findings.map((finding) => ({ ...finding, level: "ok" }))),
  },
  {
    name: "does not say what makes the tables",
    caughtBy: missing,
    breakage: telling((findings) => findings.map(({ remedy: _, ...finding }) => finding)),
  },
  {
    name: "tells of no clock",
    caughtBy: lookedAt,
    breakage: telling((findings) => findings.filter(({ check }) => check !== "clock")),
  },
  {
    name: "knows nothing of the server",
    caughtBy: lookedAt,
    breakage: telling((findings) =>
      findings.map((finding) => (finding.check === "server" ? { ...finding, level: "unknown" } : finding)),
    ),
  },
  {
    name: "tells what it found twice",
    caughtBy: whole,
    breakage: telling((findings) => [...findings, ...findings]),
  },
  {
    name: "does not say why it matters",
    caughtBy: whole,
    breakage: telling((findings) => [
      ...findings,
      { check: "upkeep", level: "warn", at: "the memory", message: "It is full." },
    ]),
  },
  {
    name: "goes on looking after its signal",
    caughtBy: harmless,
    breakage: breakSession(({ diagnosis }) =>
      diagnosis === undefined
        ? {}
        : { diagnosis: { examine: (request) => diagnosis.examine(request, new AbortController().signal) } },
    ),
  },
];
