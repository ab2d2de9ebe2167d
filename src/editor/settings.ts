/** Settings, read when they are needed. In a workspace that is not trusted VS Code leaves restricted ones out itself. */
import { isAbsolute, join } from 'node:path';
import { type Disposable, workspace } from 'vscode';
import { SETTINGS } from './manifest.ts';

/**
 * The kubeconfig files that the user named: paths and globs, relative ones to the first workspace folder. Empty: KUBECONFIG
 * or ~/.kube/config. In a workspace that is not trusted a relative path counts for nothing: it would lead to the workspace's
 * own file, and a kubeconfig can start programs.
 */
export function kubeconfigSetting(): readonly string[] {
  const value: unknown = workspace.getConfiguration().get(SETTINGS.kubeconfig.key, SETTINGS.kubeconfig.default);
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const base = folder?.scheme === 'file' ? folder.fsPath : undefined;
  return (Array.isArray(value) ? value : [value])
    .filter((v): v is string => typeof v === 'string' && v.trim() !== '')
    .map((v) => v.trim())
    .filter((v) => workspace.isTrusted || !isRelative(v))
    .map((v) => (base && isRelative(v) ? join(base, v) : v));
}

const isRelative = (path: string): boolean => !isAbsolute(path) && !path.startsWith('~');

/** Languages in which addresses have hovers. */
export function hoverLanguages(): readonly string[] {
  const value: unknown = workspace.getConfiguration().get(SETTINGS.hoverLanguages.key, SETTINGS.hoverLanguages.default);
  return Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : [];
}

/** Calls `listener` when one of our settings changes. */
export function onSettings(setting: keyof typeof SETTINGS, listener: () => void): Disposable {
  return workspace.onDidChangeConfiguration((e) => {
    if (e.affectsConfiguration(SETTINGS[setting].key)) listener();
  });
}
