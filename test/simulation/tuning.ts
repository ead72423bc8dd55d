/** Short, so that leases lapse, breakers open and probes pass many times within a few virtual seconds. */
export const tuning = {
  breakerFailures: 2,
  breakerOpenMs: 60,
  breakerMaxOpenMs: 400,
  throttleMs: 80,
  unauthorizedProbeMs: 120,
  misconfiguredProbeMs: 150,
  maxRetryAfterMs: 200,
  databaseRetryMs: 40,
};

/** Of the downstream called "depot", for all its strategies together. The other has none. */
export const depotLimits = { concurrency: 2 };
