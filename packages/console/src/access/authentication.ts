import type { IncomingMessage } from "node:http";
import type { SecretSource } from "@syncline/core/transport-kit";

/** A reader sees; an operator may also change, and see rows. */
export type Role = "reader" | "operator";

/** Who asks. `actor` stands in the audit of whatever they do. */
export interface Access {
  readonly actor: string;
  readonly role: Role;
}

export interface ConsoleToken {
  /** Whose it is: what the audit calls them. At most 100 characters, unique. */
  readonly name: string;
  readonly role: Role;
  /** At least 16 characters; `env:NAME`, `file:/path` or a function too. */
  readonly token: SecretSource;
}

/**
 * Tokens that people log in with, or who the request is from by the application's own login:
 * `undefined` for nobody. What the function throws counts as nobody.
 */
export type Authentication =
  | { readonly tokens: readonly ConsoleToken[] }
  | ((request: IncomingMessage) => Access | undefined | Promise<Access | undefined>);
