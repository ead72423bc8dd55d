/** One key value in canonical form (see `FieldType`). */
export type ConditionValue = string | number | boolean;

/** The recorded key values of one change, canonical, fields sorted by name. */
export type Condition = { readonly [field: string]: ConditionValue };

/** The longest canonical JSON text of a condition, in UTF-16 units (what `nvarchar(400)` holds). */
export const maxKeyLength = 400;
