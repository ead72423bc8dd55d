import { createHook } from "node:async_hooks";

const kinds = /^(TCPWRAP|TLSWRAP|PIPEWRAP|UDPWRAP|PROCESSWRAP|Timeout)$/;

interface Handle {
  hasRef?(): boolean | null;
}

/** The sockets, pipes, processes and timers that came into being since, and that keep the process alive. */
export interface HandleWatch {
  left(): readonly string[];
  stop(): void;
}

/**
 * Not `process.getActiveResourcesInfo`: it counts without telling whose, and a test runner's own timers, which come and
 * go, hid a timer that was left behind.
 */
export function watchHandles(): HandleWatch {
  const handles = new Map<number, { readonly kind: string; readonly handle: Handle }>();
  const hook = createHook({
    init(id, kind, _trigger, handle: Handle) {
      if (kinds.test(kind)) handles.set(id, { kind, handle });
    },
    destroy(id) {
      handles.delete(id);
    },
  }).enable();
  return {
    // A timer's destruction is told late, but having run it no longer keeps anything.
    left: () => [...handles.values()].filter(({ handle }) => handle.hasRef?.() === true).map(({ kind }) => kind),
    stop: () => hook.disable(),
  };
}
