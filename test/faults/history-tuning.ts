/** Impatient: a test's downstream is away for milliseconds. */
export const historyTuning = {
  breakerOpenMs: 20,
  breakerMaxOpenMs: 80,
  throttleMs: 20,
  unauthorizedProbeMs: 50,
  misconfiguredProbeMs: 50,
  prefetchLimit: 20,
};
