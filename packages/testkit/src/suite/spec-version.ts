import type { Versioned } from "@syncline/core/spi";

/** Whether a part says that it is for the contracts that these suites check. */
export function coversSpecVersion1({ specVersion }: Versioned): boolean {
  return typeof specVersion === "object" ? specVersion.from <= 1 && specVersion.to >= 1 : specVersion === 1;
}
