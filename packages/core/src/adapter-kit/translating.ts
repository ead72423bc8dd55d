import type { SynclineError } from "../model/errors.ts";

/** What the driver throws becomes one of ours, in the one place that knows its numbers. */
export async function translating<Result>(
  translate: (error: unknown) => SynclineError,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw translate(error);
  }
}
