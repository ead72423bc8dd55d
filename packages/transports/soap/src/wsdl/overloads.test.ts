import { expect, it } from "vitest";
import { contractFrom, wsdlOf } from "../testing/contracts.ts";
import type { Contract } from "./operations.ts";

const element = (name: string) => `<xs:element name="${name}" type="xs:string"/>`;
const use = '<soap:body use="literal"/>';

interface Overload {
  readonly element: string;
  readonly message: string;
  readonly input?: string;
  readonly action: string;
}

/** A port that has `op` several times; `bound`: as the binding tells of it. */
function overloaded(
  overloads: readonly Overload[],
  bound: readonly Partial<Overload>[] = overloads,
): Promise<Contract> {
  const names = [...new Set(overloads.map((one) => one.element))];
  const messages = new Map(overloads.map((one) => [one.message, one.element]));
  const attribute = (name: string | undefined) => (name === undefined ? "" : ` name="${name}"`);
  const wsdl = wsdlOf(names.map(element).join(""), {
    binding: bound
      .map(
        ({ action = "", input }) =>
          `<operation name="op"><soap:operation soapAction="${action}"/><input${attribute(input)}>${use}</input><output>${use}</output></operation>`,
      )
      .join(""),
  })
    .replace(
      '<operation name="op"><input message="t:in"/><output message="t:out"/></operation>',
      overloads
        .map(
          ({ message, input }) =>
            `<operation name="op"><input${attribute(input)} message="t:${message}"/><output message="t:out"/></operation>`,
        )
        .join(""),
    )
    .replace(
      "<portType",
      `${[...messages]
        .map(([name, of]) => `<message name="${name}"><part name="p" element="t:${of}"/></message>`)
        .join("")}<portType`,
    );
  return contractFrom(wsdl);
}

function found(contract: Contract, path: string): string {
  const operation = contract.operation(path);
  return typeof operation === "string" ? operation : `${operation.path} ${operation.request.name} ${operation.action}`;
}

const byId = { element: "byId", message: "ByIdIn", input: "LookupById", action: "urn:id" };
const byName = { element: "byName", message: "ByNameIn", input: "LookupByName", action: "urn:name" };

it("operations of one name are told apart by their inputs' names, in whatever order", async () => {
  const contract = await overloaded([byId, byName], [byName, byId]);
  expect(found(contract, "op#LookupById")).toBe("S.Q.op#LookupById byId urn:id");
  expect(found(contract, "S.Q.op#LookupByName")).toBe("S.Q.op#LookupByName byName urn:name");
});

it("a name that several have is refused with the ways to say which", async () => {
  const contract = await overloaded([byId, byName]);
  for (const path of ["op", "S.Q.op"])
    expect(found(contract, path)).toBe("is ambiguous, give one of: S.Q.op#LookupById, S.Q.op#LookupByName");
  expect(found(contract, "op#Lookup")).toBe(
    "there is no such operation; there are: S.Q.op#LookupById, S.Q.op#LookupByName",
  );
});

it("inputs without names are told apart by their messages, and are bound in the order of both", async () => {
  const { input: _, ...first } = byId;
  const { input: __, ...second } = byName;
  const contract = await overloaded([first, second]);
  expect(found(contract, "op#ByIdIn")).toBe("S.Q.op#ByIdIn byId urn:id");
  expect(found(contract, "op#ByNameIn")).toBe("S.Q.op#ByNameIn byName urn:name");
});

it("a binding that says it once leaves the choice to the strategy", async () => {
  const { input: _, ...first } = byId;
  const { input: __, ...second } = byName;
  const contract = await overloaded([first, second], [{ action: "urn:both" }]);
  expect(found(contract, "op#ByNameIn")).toBe("S.Q.op#ByNameIn byName urn:both");
});

it("one message with two actions is told apart by these", async () => {
  const contract = await overloaded([byId], [byId, { ...byId, action: "urn:other" }]);
  expect(found(contract, "op#urn:other")).toBe("S.Q.op#urn:other byId urn:other");
});

it("what is there twice is there once", async () => {
  expect(found(await overloaded([byId], [byId, byId]), "op")).toBe("S.Q.op byId urn:id");
});

it("what nothing tells apart is refused", async () => {
  const twice = [
    { ...byId, action: "urn:a/1" },
    { ...byId, action: "urn:a/2" },
  ];
  expect(found(await overloaded([byId], twice), "op")).toContain("nothing tells them apart");
});
