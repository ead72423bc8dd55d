export interface OracleLogin {
  readonly user: string;
  readonly password: string;
  readonly connectString: string;
}

/** Of `oracle://user:password@host:1521/service`; `undefined` for anything else. */
export function loginOf(url: string | undefined): OracleLogin | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { protocol, username, password, host, pathname } = new URL(url);
  if (protocol !== "oracle:" || username === "" || password === "" || host === "" || pathname.length < 2)
    return undefined;
  return {
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    connectString: `${host}${pathname}`,
  };
}
