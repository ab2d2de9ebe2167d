/** The report for people: in a terminal, and as Markdown for an issue or a pull request. */
import type { HopStatus, Verdict } from './path.ts';
import type { Report, ReportEntrance, ReportFinding, ReportHop } from './report.ts';

const marks: Readonly<Record<HopStatus, string>> = { ok: '✓', warning: '!', error: '✗', unknown: '?', skipped: '·' };
const verdictMarks: Readonly<Record<Verdict, string>> = { works: '✓', degraded: '!', broken: '✗', unknown: '?' };
const levelMarks = { error: '✗', warning: '!', note: 'i' } as const;

/** Hops of one kind in a chain that are shown before the rest is counted. */
const most = 8;

/** A terminal's picture of the path: what it is, whether it works, each way in, what is wrong, what could not be read. */
export function toText(report: Report): string {
  const lines = [
    plain(report.sentence),
    `${verdictMarks[report.verdict]} ${report.verdict}: ${plain(inBrief(report))}`,
  ];
  if (report.stale) lines.push(`! Facts of ${report.stale.since}: ${plain(report.stale.why)}`);
  if (report.insecure) lines.push("! The API server's certificate is not checked (insecure-skip-tls-verify).");
  for (const [k, entrance] of report.entrances.entries())
    lines.push('', ...chain(report, entrance, report.entrances.slice(0, k)));
  if (report.findings.length > 0) lines.push('', ...report.findings.flatMap(findingLines));
  if (report.unknown.length > 0)
    lines.push('', 'Not known:', ...report.unknown.map((u) => `  ? ${plain(u.what)}: ${plain(u.why)}`));
  return `${lines.join('\n')}\n`;
}

/** One line about the whole: the first finding that made the verdict, else what the endpoints say. */
function inBrief(report: Report): string {
  const name = `${report.namespace}/${report.service}`;
  const cause = report.findings.find((f) => f.from === 'everywhere' && f.level !== 'note');
  if (report.verdict === 'works') return `a client in the cluster gets an answer from ${name}${onlyHere(report)}`;
  if (cause) return `${name}, ${cause.code}`;
  if (report.verdict === 'unknown')
    return `${name}: ${report.unknown.length > 0 ? 'what would tell could not be read' : 'nothing that may be read tells'}`;
  const note = report.findings.find((f) => f.from === 'everywhere');
  return note ? `${name}: ${note.says}` : `${name}: no endpoint takes connections now`;
}

function onlyHere(report: Report): string {
  const mine = report.findings.find((f) => f.from === 'laptop' && f.level === 'error');
  return mine ? `, but this computer does not (${mine.code})` : '';
}

function chain(report: Report, entrance: ReportEntrance, before: readonly ReportEntrance[]): string[] {
  const state = entrance.open ? entrance.status : 'not open';
  const head = `${entrance.open ? verdictMarks[entrance.status] : '·'} ${entrance.kind} ${plain(entrance.url)}  port ${entrance.port}  ${state}`;
  const twin = before.find((e) => e.hops.slice(1).join() === entrance.hops.slice(1).join() && e.open === entrance.open);
  if (twin) return [head, `    the same way as ${twin.kind} ${plain(twin.url)}`];
  const hops = entrance.hops.flatMap((id) => report.hops.find((h) => h.id === id) ?? []);
  const width = Math.min(44, Math.max(0, ...hops.map((h) => title(h).length)));
  const shown = hops.filter((h, k) => hops.slice(0, k).filter((x) => x.kind === h.kind).length < most);
  const rows = shown.map((h) =>
    `    ${marks[h.status]} ${title(h).padEnd(width)}${h.address || h.note ? `  ${plain([h.address, h.note].filter(Boolean).join('  '))}` : ''}`.trimEnd(),
  );
  if (shown.length < hops.length) rows.push(`    … and ${hops.length - shown.length} more hops`);
  if (entrance.whySkips) rows.push(`    skips ${skipped(entrance)}: ${plain(entrance.whySkips)}`);
  return [head, ...rows];
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
