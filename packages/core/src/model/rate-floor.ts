/**
 * One call in 28 hours. Below, the wait for the next one is longer than a timer can be set for,
 * which would fire at once.
 */
export const leastPerSecond = 0.00001;
