/**
 * Keeps secrets out of what people read and send on: sentences, logs, facts.
 */

/** How tokens begin that say whose they are: OpenShift's, those for EKS and GKE, GitHub's. */
const vendors = /\b(?:sha256~|k8s-aws-v1\.|ya29\.|gh[oprsu]_)[\w.~+/=-]+/g;

/** The text without what looks like a token, and without the given secrets. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) if (secret.length > 3) clean = clean.replaceAll(secret, '…');
  return clean
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 …')
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '…')
    .replace(vendors, '…')
    .replace(/\b((?:\w*[_-])?(?:password|passwd|token|secret|api[_-]?key)=)[^\s&;,]+/gi, '$1…')
    .replace(/("\w*(?:password|token|secret)"\s*:\s*)"[^"]*"/gi, '$1"…"')
    .replace(/(\w+:\/\/)[^\s/]*@/g, '$1…@');
}

/** A proxy's URL without its password. */
export function maskedUrl(url: URL): string {
  const masked = new URL(url);
  if (masked.password) masked.password = '…';
  return masked.href.replace(`:${encodeURIComponent('…')}@`, ':…@').replace(/\/$/, '');
}
