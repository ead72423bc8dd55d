/** `$1` strategy. */
export function pauseStrategy(schema: string): string {
  return `INSERT INTO ${schema}.pause (strategy) VALUES ($1) ON CONFLICT (strategy) DO NOTHING`;
}

/** `$1` strategy. */
export function resumeStrategy(schema: string): string {
  return `DELETE FROM ${schema}.pause WHERE strategy = $1`;
}
