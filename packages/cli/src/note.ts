import { userInfo } from "node:os";
import type { OperatorNote } from "@syncline/core/spi";
import type { Command } from "commander";

/** Who acts, and why, as flags say it. */
export interface NoteFlags {
  readonly by?: string;
  readonly reason?: string;
}

/** A command whose action is kept: see `syncline audit`. */
export function acting(command: Command): Command {
  return command
    .option("--reason <text>", "why: kept with what is done")
    .option("--by <name>", "who acts (default: the user of this system)");
}

export function noteOf({ by, reason }: NoteFlags): OperatorNote {
  const actor = by ?? systemUser();
  return { ...(actor === undefined ? {} : { actor }), ...(reason === undefined ? {} : { reason }) };
}

/** None in some containers: then the database's login is kept alone. */
function systemUser(): string | undefined {
  try {
    return userInfo().username || undefined;
  } catch {
    return undefined;
  }
}
