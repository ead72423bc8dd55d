import { SecretKeeper } from "@syncline/core/transport-kit";
import type { Access, ConsoleToken } from "./authentication.ts";
import { isSame } from "./digests.ts";

/** A shorter one can be guessed by whoever may ask often. */
export const shortestToken = 16;

/** The tokens that open a session. */
export class TokenList {
  readonly #tokens: readonly ConsoleToken[];
  readonly #keeper = new SecretKeeper();

  constructor(tokens: readonly ConsoleToken[]) {
    this.#tokens = tokens;
  }

  /** Whose it is. All are compared, so that the time tells neither which nor how much of one is right. */
  async find(given: string): Promise<Access | undefined> {
    let found: Access | undefined;
    for (const { name, role, token } of this.#tokens) {
      const known = await this.#resolve(token);
      if (isSame(given, known ?? "") && known !== undefined) found = { actor: name, role };
    }
    return found;
  }

  /** A secret that is not there, or too short, opens nothing and keeps no other one from working. */
  async #resolve(source: ConsoleToken["token"]): Promise<string | undefined> {
    try {
      const token = (await this.#keeper.resolve(source)).reveal();
      return token.length >= shortestToken ? token : undefined;
    } catch {
      return undefined;
    }
  }
}
