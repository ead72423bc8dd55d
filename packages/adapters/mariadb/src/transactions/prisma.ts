import { onPrisma, type PrismaTransaction } from "@syncline/core/adapter-kit";
import type { MariadbTransaction } from "../recorder.ts";

export type { PrismaTransaction } from "@syncline/core/adapter-kit";

/** Record in an interactive transaction of Prisma. Errors: `recorder.connection` if it is none. */
export function prismaTransaction(tx: PrismaTransaction): MariadbTransaction {
  const run = onPrisma(tx, (code, sqlMessage, cause) => {
    const errno = Number(code);
    return Number.isInteger(errno) ? Object.assign(new Error(sqlMessage, { cause }), { errno, sqlMessage }) : undefined;
  });
  return { execute: async (text, values) => ({ affectedRows: await run(text, values) }) };
}
