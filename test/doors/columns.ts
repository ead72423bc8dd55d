/** How code that is not ours may misbehave. */
export const columns = [
  "throws at once",
  "rejects",
  "never resolves",
  "resolves twice",
  "resolves late",
  "returns undefined",
  "returns garbage",
] as const;

export type Column = (typeof columns)[number];

// biome-ignore lint/suspicious/noExplicitAny: whatever a contract's member takes and gives.
export type Member = (...given: any[]) => any;

/** Beyond every limit of the pipelines here, and soon enough that a test sees it come. */
export const lateMs = 600;

/** A member that misbehaves. Garbage is given in turn, one more at each call. */
export function misbehaving(column: Column, sound: Member, garbage: readonly unknown[]): Member {
  let calls = 0;
  switch (column) {
    case "throws at once":
      return () => {
        throw new TypeError("a door");
      };
    case "rejects":
      return () => Promise.reject("a door");
    case "never resolves":
      return () => new Promise(() => {});
    case "resolves twice":
      return (...given) => twice(() => sound(...given));
    case "resolves late":
      return async (...given) => {
        await new Promise((resolve) => setTimeout(resolve, lateMs));
        return sound(...given);
      };
    case "returns undefined":
      return () => undefined;
    case "returns garbage":
      return () => {
        calls += 1;
        return garbage[(calls - 1) % garbage.length];
      };
  }
}

/** What settles as often as it likes, as a hand-made promise may. */
function twice(work: () => unknown): PromiseLike<unknown> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: it is what is tried.
    then(resolve: Member, reject?: Member) {
      const again = () => {
        resolve("again");
        reject?.(new Error("again"));
      };
      Promise.resolve(work()).then((answer) => {
        resolve(answer);
        again();
        setTimeout(again, 5);
      }, reject);
      return this as never;
    },
  };
}
