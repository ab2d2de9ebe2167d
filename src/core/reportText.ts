/** The report for people: in a terminal, and as Markdown for an issue or a pull request. */
import type { HopStatus, Verdict } from './path.ts';
import type { Report, ReportEntrance, ReportFinding, ReportHop } from './report.ts';

const marks: Readonly<Record<HopStatus, string>> = { ok: '✓', warning: '!', error: '✗', unknown: '?', skipped: '·' };
const verdictMarks: Readonly<Record<Verdict, string>> = { works: '✓', degraded: '!', broken: '✗', unknown: '?' };
const levelMarks = { error: '✗', warning: '!', note: 'i' } as const;

/** Pods of a chain, and ways in, that are shown before the rest is counted. */
const most = 8;

/** A terminal's picture of the path: what it is, whether it works, each way in, what is wrong, what could not be read. */
export function toText(report: Report): string {
  const lines = [
    plain(report.sentence),
    `${verdictMarks[report.verdict]} ${report.verdict}: ${plain(inBrief(report))}`,
  ];
  if (report.stale) lines.push(`! Stale: these are the facts of ${report.stale.since}. ${plain(report.stale.why)}`);
  if (report.insecure) lines.push("! The API server's certificate is not checked (insecure-skip-tls-verify).");
  lines.push(...waysIn(report));
  if (report.findings.length > 0) lines.push('', ...report.findings.flatMap(findingLines));
  if (report.unknown.length > 0)
    lines.push('', 'Not known:', ...report.unknown.map((u) => `  ? ${plain(u.what)}: ${plain(u.why)}`));
  return `${lines.join('\n')}\n`;
}

/** One line about the whole: what the worst finding says first, else what the endpoints say. */
function inBrief(report: Report): string {
  const name = `${report.namespace}/${report.service}`;
  const everywhere = report.findings.filter((f) => f.from === 'everywhere');
  const cause = everywhere.find((f) => f.level !== 'note') ?? (report.verdict === 'broken' ? everywhere[0] : undefined);
  if (report.verdict === 'works')
    return `as far as the cluster's objects tell, a client in the cluster reaches ${name}${onlyHere(report) || '; no request was sent'}`;
  if (cause) return firstSentence(cause.says);
  const unread = report.unknown[0];
  const why = unread ? `: could not read ${unread.what}` : '';
  if (!unread && report.entrances.some((e) => e.kind === 'external-name' && e.status === 'unknown'))
    return `${name} is an alias for a host outside the cluster; objects cannot tell whether that answers`;
  if (report.verdict === 'unknown') return `whether ${name} answers cannot be told${why}`;
  return `no endpoint of ${name} takes connections now${unread ? `, and why cannot be told${why}` : ''}`;
}

const sentence = (s: string): string => `${s.charAt(0).toUpperCase()}${s.slice(1)}.`;
const firstSentence = (s: string): string => /^.*?\.(?= [A-Z“]|$)/s.exec(s)?.[0] ?? s;

function onlyHere(report: Report): string {
  const mine = report.findings.find((f) => f.from === 'laptop' && f.level === 'error');
  return mine ? `, but this computer does not (${mine.code})` : '';
}

/** The first way in of each port hop by hop, the others in a line each: they share most of it. */
function waysIn(report: Report): string[] {
  const hops = new Map(report.hops.map((h) => [h.id, h]));
  const lines: string[] = [];
  for (const port of new Set(report.entrances.map((e) => e.port))) {
    const [first, ...others] = report.entrances.filter((e) => e.port === port);
    if (!first) continue;
    lines.push('', head(first), ...chain(hops, first));
    const width = Math.max(0, ...others.map((e) => head(e).length));
    for (const e of others.slice(0, most)) lines.push(`${head(e).padEnd(Math.min(width, 76))}  ${inShort(hops, e)}`);
    if (others.length > most) lines.push(`  … and ${others.length - most} more ways in`);
  }
  return lines;
}

function head(e: ReportEntrance): string {
  const mark = e.open ? verdictMarks[e.status] : '·';
  return `${mark} ${e.kind} ${plain(e.url)} ${e.open ? e.status : 'not open'}${e.url.includes(e.port.split('/')[0] ?? '') ? '' : ` (port ${e.port})`}`;
}

function chain(hops: ReadonlyMap<string, ReportHop>, entrance: ReportEntrance): string[] {
  const all = entrance.hops.flatMap((id) => hops.get(id) ?? []);
  const pods = all.filter((h) => h.kind === 'pod' || h.kind === 'endpoint').slice(0, most);
  const last = all.indexOf(pods.at(-1) ?? (all.at(-1) as ReportHop));
  const shown = all.filter((_, k) => k <= last + 1 || pods.length < most);
  const indent = (h: ReportHop) => (h.kind === 'container' ? '      ' : '    ');
  const width = Math.min(44, Math.max(0, ...shown.map((h) => indent(h).length + title(h).length)));
  const rows = shown.flatMap((h) => {
    const said = [h.address, h.note].filter(Boolean).join('  ');
    const row = `${indent(h)}${marks[h.status]} ${title(h).padEnd(width - indent(h).length)}  ${plain(said)}`.trimEnd();
    return h.id === entrance.stopsAt ? [`${indent(h)}↛ no request gets past here`, row] : [row];
  });
  if (shown.length < all.length) rows.push(`    … and ${all.length - shown.length} more hops`);
  if (entrance.whySkips) rows.push(`    skips ${skipped(entrance)}: ${plain(entrance.whySkips)}`);
  return rows;
}

/** `client → kube-proxy → service → endpoints → 2 pods`: the kinds of hop, the many as a number. */
function inShort(hops: ReadonlyMap<string, ReportHop>, entrance: ReportEntrance): string {
  const all = entrance.hops.flatMap((id) => hops.get(id) ?? []).filter((h) => h.kind !== 'container');
  const ends = all.filter((h) => h.kind === 'pod' || (h.kind === 'endpoint' && h.id !== 'endpoints'));
  const front = all
    .filter((h) => h.kind !== 'pod' && h.kind !== 'endpoint')
    .map((h) => (h.kind === 'client' ? h.name : h.kind));
  const pods = ends.length > 1 ? [`${ends.length} ${ends[0]?.kind}s`] : ends.map((h) => `${h.kind} ${h.name}`);
  return plain([...front, ...pods].join(' → '));
}

const title = (h: ReportHop): string => plain(`${h.kind} ${h.name}`.trim());

const skipped = (entrance: ReportEntrance): string =>
  plain(
    entrance.skips.length > 4
      ? `${entrance.skips.slice(0, 4).join(', ')} and ${entrance.skips.length - 4} more`
      : entrance.skips.join(', '),
  );

function findingLines(f: ReportFinding): string[] {
  const where = [
    f.hop,
    ...(f.port ? [`port ${f.port}`] : []),
    ...(f.from === 'laptop' ? ['only from this computer'] : []),
  ].join(', ');
  return [
    `${levelMarks[f.level]} ${f.level} ${f.code}  (${plain(where)})`,
    `    ${plain(f.says)}`,
    `    Try: ${plain(f.try)}`,
    ...(f.command ? [`    $ ${plain(f.command)}`] : []),
    ...f.evidence.map(
      (e) => `    - ${plain(e.source)}: ${plain(short(e.value))}${e.vantage === 'objects' ? '' : ` [${e.vantage}]`}`,
    ),
  ];
}

const short = (s: string): string => (s.length > 240 ? `${s.slice(0, 240)}…` : s);

/** Text of a cluster on one line of a terminal: line breaks become spaces; escape sequences and bidi controls go. */
function plain(s: string): string {
  return s.replace(/\s*[\n\t]\s*/g, ' ').replace(/[\p{Cc}\p{Bidi_Control}]/gu, '');
}

/**
 * The report as Markdown. `mermaid` is the drawn diagram as Mermaid text (mermaid.ts); without it the chain is a list.
 */
export function toMarkdown(report: Report, mermaid?: string): string {
  const name = code(`${report.namespace}/${report.service}`);
  const lines = [
    `## ${verdictMarks[report.verdict]} Service ${name}: ${report.verdict}`,
    '',
    cell(report.sentence),
    '',
    // A sentence of a finding stands below, under its own heading.
    ...(report.verdict === 'works' || report.findings.length === 0 ? [cell(sentence(inBrief(report))), ''] : []),
  ];
  if (report.stale) lines.push(`> **Stale**: facts of ${report.stale.since}. ${cell(report.stale.why)}`, '');
  lines.push(...(mermaid ? ['```mermaid', mermaid.replaceAll('```', "'''").trimEnd(), '```', ''] : chainList(report)));
  for (const f of report.findings) {
    lines.push(
      `### ${levelMarks[f.level]} ${f.level}: ${code(f.code)} at ${code(f.hop)}${f.from === 'laptop' ? ' (only from this computer)' : ''}`,
      '',
      cell(f.says),
      '',
      `**Try:** ${cell(f.try)}`,
      '',
    );
    if (f.command) lines.push(fenced(plain(f.command)), '');
    lines.push('| evidence | value | from | at |', '|---|---|---|---|');
    lines.push(
      ...f.evidence.map((e) => `| ${cell(e.source)} | ${cell(short(e.value))} | ${e.vantage} | ${cell(e.at)} |`),
      '',
    );
  }
  if (report.findings.length === 0) lines.push('No findings.', '');
  if (report.unknown.length > 0)
    lines.push('**Not known:**', '', ...report.unknown.map((u) => `- ${cell(u.what)}: ${cell(u.why)}`), '');
  lines.push(`Context ${code(report.context)} (${report.provider}), ${report.at}.`);
  return `${lines.join('\n')}\n`;
}

function chainList(report: Report): string[] {
  return report.entrances.length === 0
    ? []
    : [
        ...report.entrances.map(
          (e) =>
            `- ${verdictMarks[e.status]} **${e.kind}** ${code(e.url)}: ${e.hops
              .slice(0, 30)
              .map((h) => code(h))
              .join(' → ')}`,
        ),
        '',
      ];
}

/** Text of a cluster as Markdown text: nothing in it is markup, a link, a mention or HTML. */
function cell(s: string): string {
  return plain(s)
    .replace(/[\\`*_[\]{}<>#|~]/g, (x) => (x === '<' ? '&lt;' : x === '>' ? '&gt;' : `\\${x}`))
    .replaceAll('@', '@\u200b');
}

/** A code span that may hold backticks. */
function code(s: string): string {
  const text = plain(s).replaceAll('|', '\\|');
  if (text === '') return '—';
  const ticks = '`'.repeat(Math.max(0, ...[...text.matchAll(/`+/g)].map((m) => m[0].length)) + 1);
  return ticks.length > 1 ? `${ticks} ${text} ${ticks}` : `\`${text}\``;
}

function fenced(s: string): string {
  const ticks = '`'.repeat(Math.max(2, ...[...s.matchAll(/`+/g)].map((m) => m[0].length)) + 1);
  return `${ticks}sh\n${s}\n${ticks}`;
}
