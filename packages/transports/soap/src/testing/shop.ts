import { fileURLToPath } from "node:url";

/** A service in RPC's style: messages of parts, without a schema's element around them. */
export const shopWsdl = fileURLToPath(new URL("./shop.wsdl", import.meta.url));
