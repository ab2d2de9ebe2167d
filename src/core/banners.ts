/** States of the whole page that say what to do next. */

import type { Banner } from './messages.ts';
import type { Diagnosis } from './path.ts';

/** Banners of a picture, the most urgent first. */
export function bannersOf({ path }: Diagnosis): Banner[] {
  const { at, stale, connection } = path.snapshot;
  const banners: Banner[] = [];
  if (stale) {
    // A laptop may sleep over midnight.
    const [day, time] = [stale.since.slice(0, 10), stale.since.slice(11, 19)];
    const since = at.startsWith(day) ? time : `${day} ${time}`;
    banners.push({
      kind: 'stale',
      text: `Not live since ${since} UTC: ${stale.why.replace(/(?<![.?!])$/, '.')} The picture is as it was then; it follows again by itself once the API server answers.`,
      actions: [{ id: 'show-log', label: 'Show log', icon: 'output' }],
    });
  }
  if (connection.insecureSkipTlsVerify) {
    banners.push({
      kind: 'insecure',
      text: `The certificate of ${connection.server} is not checked (insecure-skip-tls-verify in context ${connection.context}): anybody on the way can read and change what is shown here. Put the cluster’s CA into the kubeconfig instead.`,
      actions: [],
    });
  }
  if (path.unknown.length > 0) {
    const what = path.unknown.map((u) => u.what);
    const listed = what.length > 3 ? `${what.slice(0, 3).join(', ')} and ${what.length - 3} more` : what.join(', ');
    const missing = path.unknown.some((u) => u.needs);
    // Events and workloads are no hops: they say why one is as it is.
    const hops = what.some((w) => !/^(events|workloads) /.test(w)) && path.hops.some((h) => h.status === 'unknown');
    const so = hops
      ? 'What they would tell is drawn as unknown.'
      : 'No hop is unknown for that: only what they would say beside it is missing.';
    banners.push({
      kind: 'rights',
      text: missing
        ? `You may not read: ${listed}. ${so}`
        : `Could not read: ${listed} (${path.unknown[0]?.why ?? ''}). ${so}`,
      actions: missing ? [{ id: 'copy-role', label: 'Copy the Role I need', icon: 'copy' }] : [],
    });
  }
  return banners;
}
