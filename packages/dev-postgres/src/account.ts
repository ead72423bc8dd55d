import { execFileSync } from "node:child_process";

/** The operating-system account a server runs under, as `spawn` takes it. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root. Two accounts that exist nearly everywhere take its place, so that none has to be
 * created: `postgres` (where a server is installed) and `nobody`. Undefined for an ordinary user and on Windows.
 */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const account = accountNamed(name);
    if (account !== undefined) return account;
  }
  throw new Error(
    "PostgreSQL refuses to run as root, and this machine has neither a user `postgres` nor a user `nobody` to run it as.",
  );
}

/** Undefined where there is no such user. */
export function accountNamed(name: string): Account | undefined {
  try {
    return { uid: idOf("-u", name), gid: idOf("-g", name) };
  } catch {
    return undefined;
  }
}

function idOf(flag: "-u" | "-g", name: string): number {
  return Number.parseInt(
    execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
    10,
  );
}
