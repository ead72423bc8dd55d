import { onPrisma, type PrismaTransaction } from "@syncline/core/adapter-kit";
import type { PgTransaction } from "../recorder.ts";

export type { PrismaTransaction } from "@syncline/core/adapter-kit";

/** Record in an interactive transaction of Prisma. Errors: `recorder.connection` if it is none. */
export function prismaTransaction(tx: PrismaTransaction): PgTransaction {
  const run = onPrisma(tx, (code, message, cause) =>
    typeof code === "string" ? Object.assign(new Error(message, { cause }), { code }) : undefined,
  );
  return { query: (text, values = []) => run(text, values) };
}
