/** Recording on the transactions of other libraries: each function makes one of them fit for `record`. */
export { type KnexTransaction, knexTransaction } from "./knex.ts";
export { type TypeormManager, type TypeormRunner, typeormTransaction } from "./typeorm.ts";
