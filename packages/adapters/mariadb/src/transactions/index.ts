/** Recording on the transactions of other libraries: each function makes one of them fit for `record`. */
export { type DrizzleSql, type DrizzleTransaction, drizzleTransaction } from "./drizzle.ts";
export { type KnexTransaction, knexTransaction } from "./knex.ts";
export { type KyselyQuery, type KyselyTransaction, kyselyTransaction } from "./kysely.ts";
export { type PrismaTransaction, prismaTransaction } from "./prisma.ts";
export { type TypeormManager, type TypeormRunner, typeormTransaction } from "./typeorm.ts";
