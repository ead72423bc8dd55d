import type { LibraryTransaction } from "../recorder.ts";
import { padded } from "./padded.ts";
import { notInTransaction } from "./refusal.ts";

/** What `CompiledQuery.raw(text, values)` of Kysely makes. */
export interface KyselyQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly query: {
    readonly kind: "RawNode";
    readonly sqlFragments: readonly string[];
    readonly parameters: readonly [];
  };
  readonly queryId: { readonly queryId: string };
}

/** A `Transaction` of Kysely, a controlled one too. */
export interface KyselyTransaction {
  readonly isTransaction: true;
  executeQuery(query: KyselyQuery): Promise<unknown>;
}

/** Record on a transaction of Kysely. Errors: `recorder.connection` if it is none. */
export function kyselyTransaction(trx: KyselyTransaction): LibraryTransaction {
  if (trx?.isTransaction !== true)
    throw notInTransaction("kyselyTransaction", "the trx that db.transaction().execute(async (trx) => …) gives");
  return {
    runRecord: ({ before, after, changes }) => trx.executeQuery(compiled(`${before}@1${after}`, [padded(changes)])),
  };
}

/** A compiled query skips Kysely's plugins: none of them may rewrite our schema or our names. */
function compiled(sql: string, parameters: readonly unknown[]): KyselyQuery {
  return {
    sql,
    parameters,
    query: { kind: "RawNode", sqlFragments: [sql], parameters: [] },
    // A new object each time: plugins that look at results remember queries by it.
    queryId: { queryId: "syncline" },
  };
}
