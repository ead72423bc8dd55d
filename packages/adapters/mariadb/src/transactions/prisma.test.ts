import { afterAll } from "vitest";
import { prismaClient } from "../testing/prisma-client.ts";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { prismaTransaction } from "./prisma.ts";

await describeTransactions("Prisma", (server) => {
  const prisma = prismaClient(server);
  afterAll(() => prisma.$disconnect());
  return {
    transaction: (work) =>
      prisma.$transaction((tx) =>
        work({
          tx: prismaTransaction(tx),
          run: (text) => tx.$executeRawUnsafe(text),
          nested: (inner) => tx.$transaction((saved) => inner(prismaTransaction(saved))),
        }),
      ),
    outside: {
      "the client itself": () => prismaTransaction(prisma as never),
      nothing: () => prismaTransaction(undefined as never),
    },
  };
});
