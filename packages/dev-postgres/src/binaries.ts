/** A directory with `initdb` and `postgres`, and what it is. */
export interface Binaries {
  readonly kind: "installed" | "embedded";
  readonly directory: string;
  /** For people: `PostgreSQL 15.18 in /usr/lib/postgresql/15/bin`. */
  readonly description: string;
}

export const executableSuffix: string = process.platform === "win32" ? ".exe" : "";
