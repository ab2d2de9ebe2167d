/** Elements without a framework. Text goes in as text, never as HTML: names of a cluster are hostile ground. */

interface Props {
  readonly class?: string;
  readonly text?: string;
  readonly title?: string;
  readonly id?: string;
  /** `role`, `tabindex`, `aria-…`, `data-…`. */
  readonly attrs?: Readonly<Record<string, string>>;
  readonly onclick?: () => void;
}

/** Makes an element. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly (Node | false | undefined)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (props.class) element.className = props.class;
  if (props.text !== undefined) element.textContent = props.text;
  if (props.title) element.title = props.title;
  if (props.id) element.id = props.id;
  for (const [name, value] of Object.entries(props.attrs ?? {})) element.setAttribute(name, value);
  if (props.onclick) element.addEventListener('click', props.onclick);
  element.append(...children.filter((c): c is Node => c instanceof Node));
  return element;
}

/** A codicon; only for the eye, words stand beside it. */
export const icon = (name: string, more = ''): HTMLElement =>
  el('i', { class: `codicon codicon-${name} ${more}`.trim(), attrs: { 'aria-hidden': 'true' } });

/** Puts a space between elements, for those who hear the text instead of seeing the gaps. */
export const spaced = (...elements: readonly Node[]): Node[] =>
  elements.flatMap((e) => [document.createTextNode(' '), e]);

/** Sets text only where it differs; says whether it did. */
export function setText(element: Element, text: string): boolean {
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}

/** Puts `children` in place of what was there, and the focus back on the element with the same `data-key`. */
export function replaceChildren(parent: HTMLElement, ...children: readonly (Node | false | undefined)[]): void {
  const active = document.activeElement;
  const key = active instanceof HTMLElement && parent.contains(active) ? active.dataset['key'] : undefined;
  parent.replaceChildren(...children.filter((c): c is Node => c instanceof Node));
  if (key !== undefined)
    parent.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

/** Time of day in the reader's own zone. */
export function timeOf(rfc3339: string): string {
  const date = new Date(rfc3339);
  return Number.isNaN(date.getTime()) ? rfc3339 : date.toLocaleTimeString([], { hour12: false });
}
