/**
 * Drop-downs and tool buttons by @vscode/webview-ui-toolkit: its only place, since it is deprecated and will be
 * changed for something else one day.
 */
import { provideVSCodeDesignSystem, vsCodeButton, vsCodeDropdown, vsCodeOption } from '@vscode/webview-ui-toolkit';
import type { Choice } from '../src/core/diagram.ts';
import { verdicts } from '../src/core/words.ts';
import { icon } from './dom.ts';

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption());

/** A drop-down. */
export class Chooser {
  readonly element: HTMLElement;
  private shown = '';

  private readonly least: number;

  /** `least`: hidden with fewer choices than this. */
  constructor(label: string, least: number, onChoose: (id: string) => void) {
    this.least = least;
    this.element = document.createElement('vscode-dropdown');
    this.element.setAttribute('aria-label', label);
    this.element.title = label;
    this.element.addEventListener('change', () => onChoose((this.element as HTMLElement & { value: string }).value));
  }

  show(choices: readonly Choice[], chosen: string | undefined): void {
    const now = JSON.stringify([choices, chosen]);
    if (now === this.shown) return;
    this.shown = now;
    this.element.hidden = choices.length < this.least;
    this.element.replaceChildren(
      ...choices.map((c) => {
        const option = document.createElement('vscode-option');
        option.setAttribute('value', c.id);
        if (c.id === chosen) option.setAttribute('selected', '');
        // What the chosen one comes to stands in the header already.
        const bad = c.id !== chosen && (c.status === 'broken' || c.status === 'degraded' || c.status === 'unknown');
        option.textContent = bad && c.status ? `${c.label} · ${verdicts[c.status].word}` : c.label;
        return option;
      }),
    );
    (this.element as HTMLElement & { value: string }).value = chosen ?? '';
  }
}

/** A button that is only an icon. */
export function toolButton(name: string, label: string, onclick: () => void): HTMLElement {
  const button = document.createElement('vscode-button');
  button.setAttribute('appearance', 'icon');
  button.setAttribute('aria-label', label);
  button.title = label;
  button.append(icon(name));
  button.addEventListener('click', onclick);
  return button;
}

/** A button with words, for banners and the empty page. */
export function textButton(label: string, onclick: () => void, primary = false): HTMLElement {
  const button = document.createElement('vscode-button');
  button.setAttribute('appearance', primary ? 'primary' : 'secondary');
  button.append(label);
  button.addEventListener('click', onclick);
  return button;
}
