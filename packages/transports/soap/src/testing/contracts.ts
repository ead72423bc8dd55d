import { basename } from "node:path";
import type { SyncCall, WireValue } from "@syncline/core/spi";
import type { SoapOptions } from "../options.ts";
import { encode } from "../sending.ts";
import { planOf } from "../sending-plan.ts";
import { readDocuments } from "../wsdl/documents.ts";
import { type Contract, contractOf } from "../wsdl/operations.ts";
import { callOf } from "./calls.ts";

/** A WSDL of one document-style operation `op` whose request is the element `req` of these definitions. */
export function wsdlOf(definitions: string, { types = "", message = "", input = "", binding = "" } = {}): string {
  const use = '<soap:body use="literal"/>';
  return `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t"><types>${types}<xs:schema
    targetNamespace="urn:t" elementFormDefault="qualified">${definitions}<xs:element name="res"/></xs:schema></types>
    <message name="in">${message || '<part name="p" element="t:req"/>'}</message>
    <message name="out"><part name="p" element="t:res"/></message>
    <portType name="P"><operation name="op"><input message="t:in"/><output message="t:out"/></operation></portType>
    <binding name="B" type="t:P"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    ${binding || `<operation name="op"><soap:operation soapAction="urn:op"/><input>${input || use}</input><output>${use}</output></operation>`}
    </binding><service name="S"><port name="Q" binding="t:B"><soap:address location="http://127.0.0.1:1/x"/></port></service>
    </definitions>`;
}

/** `req` with this content. */
export function requestOf(content: string): string {
  return `<xs:element name="req"><xs:complexType>${content}</xs:complexType></xs:element>`;
}

/** The contract of a WSDL, with the files that it imports. */
export async function contractFrom(
  wsdl: string,
  files: { readonly [name: string]: string } = {},
  imports: SoapOptions["imports"] = {},
): Promise<Contract> {
  const read = async (location: string) => (location === "/wsdl/main.wsdl" ? wsdl : (files[basename(location)] ?? ""));
  return contractOf(await readDocuments("/wsdl/main.wsdl", read, imports), "1.1");
}

/** What is written for a row, or everything that is wrong with it or with the strategy. */
export function bodyBy(
  contract: Contract,
  row: WireValue,
  options: SyncCall["options"] = {},
  parts: Partial<SyncCall> = {},
): string {
  const call = callOf(Array.isArray(row) && parts.batched === true ? row : [row], { path: "op", options, ...parts });
  const rules = { headers: { allowed: [], taken: [] }, header: undefined };
  const plan = planOf(call, contract, call.batched, rules);
  if ("problems" in plan) return plan.problems.map(({ at, message }) => `${at} ${message}`).join("; ");
  const encoded = encode(call, plan.upsert, plan.options);
  if ("body" in encoded) return encoded.body;
  return "problem" in encoded ? encoded.problem : encoded.unsendable.map(({ failure }) => failure.message).join("; ");
}
