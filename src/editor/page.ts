/** The page's HTML: a frame that the page's script fills. No vscode here, so that the page's tests serve the same text. */

/** What differs from panel to panel. URIs are webview URIs; `nonce` is new for each page. */
export interface PageParts {
  readonly nonce: string;
  readonly cspSource: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  readonly codiconUri: string;
  readonly title: string;
  /** What the panel shows; the page keeps it in its state as `shown`, beside `view`, for the serializer. */
  readonly shown: unknown;
}

/** HTML of the whole page, with the strictest policy that Mermaid allows (it writes a style element into its SVG). */
export function pageHtml({ nonce, cspSource, scriptUri, styleUri, codiconUri, title, shown }: PageParts): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'unsafe-inline'`,
    `font-src ${cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${text(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${text(codiconUri)}">
<link rel="stylesheet" href="${text(styleUri)}">
<title>${text(title)}</title>
</head>
<body data-shown="${text(JSON.stringify(shown))}">
<script nonce="${text(nonce)}" src="${text(scriptUri)}"></script>
</body>
</html>
`;
}

const text = (s: string): string => s.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
