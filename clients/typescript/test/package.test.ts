import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { GOVERNANCE, SENTENCES } from '../src/generated/errors.js';
import type { ErrorName } from '../src/index.js';
import { ProtocolError, sentence } from '../src/index.js';
import { refusal } from '../src/errors.js';
import { toDeployment } from '../src/deployment.js';

const here = dirname(fileURLToPath(import.meta.url));
const repository = join(here, '..', '..', '..');
const read = (...path: string[]) => readFileSync(join(repository, ...path), 'utf8');

describe('what is kept', () => {
  it('is what the generator makes of the contracts', () => {
    const script = join(here, '..', 'scripts', 'generate.mjs');
    execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' });
  });

  it('has every error with its sentence', () => {
    expect(Object.keys(SENTENCES).length).toBeGreaterThan(90);
    for (const text of [...Object.values(SENTENCES), ...Object.values(GOVERNANCE)]) {
      expect(text.length).toBeGreaterThan(10);
    }
    const name: ErrorName = 'InsufficientCollateral';
    const refused = refusal(name);
    expect(refused).toBeInstanceOf(ProtocolError);
    expect(refused.message).toBe(`${name}: ${sentence(name)}`);
    expect(refusal({ type: 'MarketRefused', value: name }).sentence).toContain(sentence(name));
  });
});

describe('a deployment', () => {
  const address = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
  const least = { genesis: `0x${'1a'.repeat(32)}`, market: address, lens: address, oracle: address };

  /** Before: the page of a market without a governor could not go on. */
  it('of JSON has null where it has nothing', () => {
    const read = toDeployment({ ...least, governor: null, taker: null, assets: [{ symbol: 'A', token: address, decimals: 6, id: null }] });
    expect(read.governor).toBeUndefined();
    expect('taker' in read || 'id' in read.assets[0]!).toBe(false);
  });

  it('without a market is none', () => {
    expect(() => toDeployment({ ...least, market: null })).toThrow('no market in the deployment');
  });
});

/** Packages that are installed, with their licences: in place of `npm audit`. */
describe('packages', () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { version?: string; license?: string; link?: boolean; resolved?: string; integrity?: string }>;
  };
  const allowed = JSON.parse(read('scripts', 'packages.json')) as {
    licences: string[];
    exceptions: Record<string, { licence: string | null; why: string }>;
    packages: string[];
  };
  const installed = Object.entries(lock.packages).filter(([path, { link }]) => path.includes('node_modules/') && !link);
  const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 13);

  it('are those of the list', () => {
    const names = [...new Set(installed.map(([path]) => nameOf(path)))].sort();
    expect(names).toEqual(allowed.packages);
  });

  it('have a licence of the list', () => {
    for (const [path, { license }] of installed) {
      const exception = allowed.exceptions[nameOf(path)];
      if (exception) expect(license ?? null, path).toBe(exception.licence);
      else expect(allowed.licences, path).toContain(license);
    }
  });

  it('are pinned, and fetched by their hash', () => {
    for (const [path, { integrity }] of installed) expect(integrity, path).toMatch(/^sha512-/);
    for (const folder of ['clients/typescript', 'apps/web']) {
      let text: string;
      try {
        text = read(folder, 'package.json');
      } catch {
        continue;
      }
      const { dependencies = {}, devDependencies = {} } = JSON.parse(text);
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
        expect(version, `${folder}: ${name}`).toMatch(/^\d+\.\d+\.\d+$/);
      }
    }
  });
});
