import { isMapOf, isOneOf, satisfies, type Verdict, verdicts } from "@syncline/core/transport-kit";

/** What 207 and statuses from 300 to 999 mean, where it differs from what they mean elsewhere. */
export type StatusKinds = { readonly [status: number]: Verdict };

const isJudgedStatus = satisfies(
  (value) => /^(?:207|[3-9]\d\d)$/.test(String(value)),
  "is neither 207 nor a status from 300 to 999",
);

export const areStatusKinds = isMapOf(isJudgedStatus, isOneOf(verdicts));
