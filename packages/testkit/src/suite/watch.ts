/** Calls that have not come to an end, by their names and when they began. */
export interface Watch {
  /** `poller.claim (for 55 s)`, the oldest first. */
  pending(): readonly string[];
}

/**
 * The same object, whose methods' promises are watched, and those of the objects in it. A check that
 * hangs can then say what it waits for.
 */
export function watched<Value extends object>(value: Value): { readonly value: Value; readonly watch: Watch } {
  const calls = new Map<symbol, { readonly name: string; readonly since: number }>();
  const proxies = new WeakMap<object, object>();
  const begin = (name: string, answer: PromiseLike<unknown>) => {
    const call = Symbol(name);
    calls.set(call, { name, since: performance.now() });
    const end = () => calls.delete(call);
    answer.then(end, end);
  };
  const wrap = <Inner extends object>(inner: Inner, path: string): Inner => {
    const known = proxies.get(inner);
    if (known !== undefined) return known as Inner;
    const proxy = new Proxy(inner, {
      get(target, property) {
        const found: unknown = Reflect.get(target, property, target);
        if (typeof property === "symbol" || isFixed(target, property)) return found;
        // Handed back to the recorder, which may know it by what it is and not by what it can do.
        if (property === "tx") return found;
        const name = path === "" ? property : `${path}.${property}`;
        // Data stays as it is: a proxy cannot be cloned, and a strategy's options are.
        if (isPlain(found)) return reachesMethods(found, 0) ? wrap(found, name) : found;
        if (typeof found !== "function") return found;
        return (...given: unknown[]) => {
          const answer: unknown = Reflect.apply(found, target, given);
          if (!isThenable(answer)) return answer;
          begin(name, answer);
          // What a method yields is watched as well: another session, a transaction.
          return answer.then((result: unknown) =>
            isPlain(result) && hasMethods(result) ? wrap(result, name) : result,
          );
        };
      },
    });
    proxies.set(inner, proxy);
    return proxy;
  };
  return {
    value: wrap(value, ""),
    watch: {
      pending: () =>
        [...calls.values()].map(
          ({ name, since }) => `${name} (for ${Math.round((performance.now() - since) / 1_000)} s)`,
        ),
    },
  };
}

/** A proxy may not give anything else for it. */
function isFixed(target: object, property: string): boolean {
  const own = Object.getOwnPropertyDescriptor(target, property);
  return own !== undefined && !own.configurable && !own.writable && own.get === undefined;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function reachesMethods(value: object, depth: number): boolean {
  return (
    hasMethods(value) ||
    (depth < 4 && Object.values(value).some((each) => isPlain(each) && reachesMethods(each, depth + 1)))
  );
}

function hasMethods(value: object): boolean {
  return Object.values(value).some((each) => typeof each === "function");
}

function isThenable(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function";
}
