/**
 * minikube's own record of a cluster: which driver it runs on, which says whether its node addresses can be reached from here.
 */

import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ConnectionFacts } from '../core/snapshot.ts';

/** The profile of that name, when its file lies on this computer. */
export async function minikubeProfile(
  profile: string,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): Promise<ConnectionFacts['minikube']> {
  if (!/^[\w.-]+$/.test(profile)) return undefined;
  const file = join(minikubeDir(env['MINIKUBE_HOME'], home), 'profiles', profile, 'config.json');
  try {
    const { Driver } = JSON.parse(await readFile(file, 'utf8')) as { Driver?: unknown };
    return typeof Driver === 'string' && Driver ? { profile, driver: Driver, file } : undefined;
  } catch {
    return undefined;
  }
}

// MINIKUBE_HOME may name the folder or the one it lies in: https://minikube.sigs.k8s.io/docs/handbook/config/
function minikubeDir(setting: string | undefined, home: string): string {
  if (!setting) return join(home, '.minikube');
  return basename(setting) === '.minikube' ? setting : join(setting, '.minikube');
}
