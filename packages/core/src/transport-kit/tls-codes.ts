const tlsCode =
  /^(CERT_|CRL_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH_|EPROTO$)/;

/**
 * Whether an error's code says that TLS failed: a certificate or a key does not hold, or the other
 * side speaks something else.
 */
export function isTlsCode(code: string): boolean {
  return tlsCode.test(code);
}
