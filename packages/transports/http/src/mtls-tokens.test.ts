import { mkdtemp, rm, writeFile } from "node:fs/promises";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeEach, expect, it } from "vitest";
import { failureOf, given, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";
import { otherSelfSigned, selfSigned } from "./testing/self-signed.ts";

const accepted = { status: "accepted" };

/** RFC 8705: tokens are for whoever shows the certificate that they were given to, and for nobody else. */
eachEngine("a token that is bound to our certificate", ({ downstream }) => {
  let server: https.Server;
  let seen: { readonly path: string; readonly certificate: string; readonly authorization: string | undefined }[];
  beforeEach(async () => {
    seen = [];
    const ca = [selfSigned.cert, otherSelfSigned.cert];
    server = https.createServer(
      { ...selfSigned, ca, requestCert: true, rejectUnauthorized: false },
      (request, answer) => {
        const socket = request.socket as TLSSocket;
        const certificate = socket.authorized ? socket.getPeerCertificate().fingerprint256 : "none";
        const { authorization } = request.headers;
        const path = request.url ?? "";
        seen.push({ path, certificate, authorization });
        request.resume().on("end", () => {
          if (path === "/token" && certificate === "none")
            return answer.writeHead(401).end(JSON.stringify({ error: "invalid_client" }));
          if (path === "/token")
            return answer.end(
              JSON.stringify({ access_token: `bound-${certificate}`, token_type: "Bearer", expires_in: 600 }),
            );
          return answer.writeHead(authorization === `Bearer bound-${certificate}` ? 200 : 401).end("{}");
        });
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const url = () => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = (tls: object) =>
    downstream({
      baseUrl: url(),
      tls: { ca: selfSigned.cert, ...tls },
      auth: { oauth2: { tokenUrl: `${url()}/token`, clientId: "me", style: "none" } },
    });

  it("is asked for with it, and used with it", async () => {
    expect(await open(selfSigned).invoke(upsert(), given().context)).toEqual(accepted);
    expect(seen.map(({ path }) => path)).toEqual(["/token", "/orders/42"]);
    expect(seen[0]).toMatchObject({ certificate: seen[1]?.certificate, authorization: undefined });
  });

  it("is not to be had without one, and of no use with another", async () => {
    const none = failureOf(await open({}).invoke(upsert(), given().context));
    expect(none).toMatchObject({ kind: "unauthorized", effect: "no" });
    await open(selfSigned).invoke(upsert(), given().context);
    const stolen = String(seen.at(-1)?.authorization).replace("Bearer ", "");
    const thief = downstream({
      baseUrl: url(),
      tls: { ca: selfSigned.cert, ...otherSelfSigned },
      auth: { bearer: stolen },
    });
    expect(failureOf(await thief.invoke(upsert(), given().context))).toMatchObject({ kind: "unauthorized" });
  });

  it("is replaced with no call lost once the certificate is another", async () => {
    const folder = await mkdtemp(join(tmpdir(), "bound-"));
    const write = async ({ cert, key }: typeof selfSigned) => {
      await writeFile(join(folder, "cert"), cert);
      await writeFile(join(folder, "key"), key);
    };
    await write(selfSigned);
    const invoker = open({ cert: `file:${join(folder, "cert")}`, key: `file:${join(folder, "key")}` });
    expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
    await write(otherSelfSigned);
    server.closeIdleConnections();
    // A call that the end of its connection overtakes is told apart from one that was refused.
    await expect.poll(() => invoker.invoke(upsert(), given().context)).toEqual(accepted);
    const certificates = new Set(seen.map(({ certificate }) => certificate));
    expect(certificates.size).toBe(2);
    expect(seen.at(-1)?.certificate).not.toBe(seen[0]?.certificate);
    await rm(folder, { recursive: true });
  });
});
