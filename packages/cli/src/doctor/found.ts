import type { Finding } from "@syncline/core/spi";
import { describeFailure } from "../failure.ts";

/** What a look tells; one that fails is an error of its own, and keeps no other from being told. */
export async function found(
  check: string,
  at: string,
  look: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    const why = "It could not be looked at, and so nothing is known of it.";
    return [{ check, level: "error", at, message: describeFailure(error), why }];
  }
}
