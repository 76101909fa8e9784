/** What only Node.js has: files. */
import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import type { Deployment } from './api.js';
import { toDeployment } from './deployment.js';

/** Reads the deployment file that `breakwater deploy` wrote. */
export async function loadDeployment(path = 'breakwater.deployment.toml'): Promise<Deployment> {
  return toDeployment(parse(await readFile(path, 'utf8')));
}

/** The bytes of `core.wasm`. */
export async function loadCore(): Promise<Uint8Array> {
  return readFile(new URL('../core/core.wasm', import.meta.url));
}
