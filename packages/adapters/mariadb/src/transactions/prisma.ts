import { hasMethod, notInTransaction } from "@syncline/core/adapter-kit";
import type { MariadbTransaction } from "../recorder.ts";

/** What an interactive transaction of Prisma gives: `Prisma.TransactionClient`. */
export interface PrismaTransaction {
  $executeRawUnsafe(text: string, ...values: unknown[]): PromiseLike<number>;
  /** The client itself has one: each of its queries is a transaction of its own. */
  readonly $connect?: never;
}

/** Record in an interactive transaction of Prisma. Errors: `recorder.connection` if it is none. */
export function prismaTransaction(tx: PrismaTransaction): MariadbTransaction {
  if (!hasMethod(tx, "$executeRawUnsafe") || hasMethod(tx, "$connect"))
    throw notInTransaction("prismaTransaction", "the tx that prisma.$transaction(async (tx) => …) gives");
  return {
    execute: async (text, values) => {
      try {
        return { affectedRows: await tx.$executeRawUnsafe(text, ...values) };
      } catch (error) {
        throw serverErrorOf(error);
      }
    },
  };
}

/** Prisma's own code says only that a raw query failed; what the server said lies within. */
function serverErrorOf(error: unknown): unknown {
  const said = ["meta", "driverAdapterError", "cause"].reduce(property, error);
  const number = Number(property(said, "originalCode"));
  const sqlMessage = property(said, "originalMessage");
  if (!Number.isInteger(number) || typeof sqlMessage !== "string") return error;
  return Object.assign(new Error(sqlMessage, { cause: error }), { errno: number, sqlMessage });
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
