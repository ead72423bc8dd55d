/** One key value in canonical form (see `FieldType`). */
export type ConditionValue = string | number | boolean;
