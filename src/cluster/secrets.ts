/**
 * Keeps secrets out of what people read and send on: sentences, logs, facts.
 */

/** The text without what looks like a token, and without the given secrets. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) if (secret.length > 3) clean = clean.replaceAll(secret, '…');
  return clean
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 …')
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '…')
    .replace(/(\w+:\/\/)[^\s/@:]*:[^\s/@]*@/g, '$1…@');
}

/** A proxy's URL without its password. */
export function maskedUrl(url: URL): string {
  const masked = new URL(url);
  if (masked.password) masked.password = '…';
  return masked.href.replace(`:${encodeURIComponent('…')}@`, ':…@').replace(/\/$/, '');
}
