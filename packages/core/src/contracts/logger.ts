/** Where Syncline writes what an operator should know. Pino's shape: fields first, then the message. */
export interface Logger {
  debug(fields: { readonly [name: string]: unknown }, message: string): void;
  info(fields: { readonly [name: string]: unknown }, message: string): void;
  warn(fields: { readonly [name: string]: unknown }, message: string): void;
  error(fields: { readonly [name: string]: unknown }, message: string): void;
}
