import type { WireValue } from "@syncline/core/spi";

type Document = { readonly [field: string]: WireValue };

const sent: Document = {
  id: "grüße \u{1f600} \u0001",
  an_int32: -2147483648,
  an_int64: "-9223372036854775808",
  an_uint32: 4294967295,
  an_uint64: "18446744073709551615",
  a_sint32: -2147483648,
  a_sint64: "-9223372036854775808",
  a_fixed32: 4294967295,
  a_fixed64: "18446744073709551615",
  a_sfixed32: -2147483648,
  a_sfixed64: "9223372036854775807",
  a_float: 1.5,
  a_double: "0.1",
  a_bool: true,
  some_bytes: "AAECAwT/",
  grade: "BAD",
  inner: { name: "a", inner: { name: "b", inner: {} } },
  many_longs: ["-9223372036854775808", "0", "9223372036854775807"],
  many_grades: ["GOOD", "GRADE_UNSPECIFIED", "BAD"],
  many_inners: [{ name: "a" }, {}, { inner: { name: "b" } }],
  by_name: { "": "0", "odd key": "9223372036854775807" },
  by_number: { "-9223372036854775808": { name: "a" }, "0": {} },
  by_answer: { true: "yes", false: "" },
  message_choice: { name: "chosen" },
  perhaps: 0,
  order: { id: "9007199254740993", total: "12345678901234567890.10", status: "PAID", card: "4711", tags: ["a", ""] },
  a_time: "2026-01-02T03:04:05.678901Z",
  a_duration: "-1.500s",
  a_struct: { a: [1, null, { b: "x" }, [], {}], c: false, d: 0.5 },
  a_value: [null, "x", { y: -0.25 }],
  a_list: [1, "2", [null]],
  wrapped_string: "",
  wrapped_bytes: "",
  wrapped_bool: false,
  wrapped_int32: 0,
  wrapped_int64: "9223372036854775807",
  wrapped_uint64: "18446744073709551615",
  wrapped_double: "0.1",
  wrapped_float: 0.5,
  wrapped_uint32: 4294967295,
  many_times: ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"],
  values_by_name: { a: null, b: 1, c: "x" },
};

/** Documents of `ledger.v1.Entry`, and what ProtoJSON prints of them on the other side. */
export const everything: {
  readonly sent: Document;
  readonly understood: Document;
  readonly edges: readonly { readonly document: Document; readonly understood?: Document }[];
} = {
  sent,
  // Numbers are numbers where a double holds them.
  understood: { ...sent, a_double: 0.1, wrapped_double: 0.1 },
  edges: [
    {
      document: { aTime: "2026-01-02T03:04:05+02:00", manyLongs: ["1"] },
      understood: { a_time: "2026-01-02T01:04:05Z", many_longs: ["1"] },
    },
    { document: { an_int32: 0, a_bool: false, id: "", many_longs: [], some_bytes: "", grade: 0 }, understood: {} },
    {
      document: { an_int32: null, inner: null, a_time: null, wrapped_int32: null, perhaps: null, grade: null },
      understood: {},
    },
    { document: { perhaps: 0 } },
    { document: { text_choice: "" } },
    { document: { text_choice: null, message_choice: {} }, understood: { message_choice: {} } },
    { document: { grade: -1 }, understood: { grade: "BAD" } },
    { document: { a_value: null } },
    { document: { a_value: "9007199254740993" } },
    { document: { a_double: "NaN", a_float: "-Infinity" } },
    {
      document: { a_double: 5e-324, a_float: 3.4028234663852886e38 },
      understood: { a_double: 5e-324, a_float: 3.4028235e38 },
    },
    { document: { a_mask: "id,inner.name" } },
    { document: { inner: {}, a_struct: {}, a_list: [], order: {} } },
    { document: { a_duration: "315576000000s" } },
  ],
};
