export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export function show({ path, line, message }: Violation): string {
  return `${path}:${line} ${message}`;
}
