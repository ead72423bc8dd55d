import type { RunStatement } from "../connections.ts";
import type { TableName } from "../source/table-name.ts";
import { ownStatement } from "../sql/statement.ts";

/** A trigger that calls one of our functions. */
export interface TriggerFacts {
  readonly name: string;
  readonly table: TableName & { readonly oid: number };
  /** `pg_trigger.tgtype` and `tgenabled`. */
  readonly type: number;
  readonly enabled: string;
  readonly columns: readonly string[];
}

export interface FunctionFacts {
  readonly name: string;
  readonly text: string;
  /**
   * It runs as the owner of Syncline's tables, on the server's own search path, and nobody else may
   * call it.
   */
  readonly isSafe: boolean;
  readonly triggers: readonly TriggerFacts[];
}

export interface CaptureFacts {
  /** Who owns Syncline's tables. `null`: there are none. */
  readonly owner: string | null;
  readonly login: string;
  /** Those of the category, with all their triggers. */
  readonly functions: readonly FunctionFacts[];
}

// Of each function of the category, whatever table it was made for.
const text = `SELECT json_build_object(
  'owner', (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE n.nspname = $1 AND c.relname = 'change'),
  'login', current_user,
  'functions', (SELECT coalesce(json_agg(json_build_object('name', p.proname, 'text', p.prosrc,
    'isSafe', p.prosecdef AND p.proconfig = ARRAY['search_path=pg_catalog, pg_temp']
              AND NOT has_function_privilege('public', p.oid, 'EXECUTE')
              AND p.proowner = (SELECT c.relowner FROM pg_class AS c
                                 WHERE c.relnamespace = p.pronamespace AND c.relname = 'change'),
    'triggers', (SELECT coalesce(json_agg(json_build_object('name', t.tgname, 'type', t.tgtype, 'enabled', t.tgenabled,
        'columns', (SELECT coalesce(json_agg(a.attname), '[]') FROM pg_attribute AS a
                     WHERE a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr::int2[])),
        'table', json_build_object('oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname)) ORDER BY t.oid), '[]')
        FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
       WHERE t.tgfoid = p.oid)) ORDER BY p.proname), '[]')
    FROM pg_proc AS p JOIN pg_namespace AS s ON s.oid = p.pronamespace
   WHERE s.nspname = $1 AND p.prorettype = 'trigger'::regtype AND strpos(p.prosrc, $2) > 0))::text`;

const statement = ownStatement("capture_facts", text);

/** @param mark what the text of each of the category's functions holds */
export async function captureFacts(run: RunStatement, schema: string, mark: string): Promise<CaptureFacts> {
  const [[found] = []] = await run(statement, [schema, mark]);
  return JSON.parse(String(found)) as CaptureFacts;
}
