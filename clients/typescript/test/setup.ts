/**
 * A chain with a market for the live tests: `breakwater node up` and README's steps. Needs the command line
 * ($BREAKWATER_CLI, or one on the PATH); the node is started by it. With $BREAKWATER_NODE a node that runs
 * is used. Without the command line live tests are left out; with CI=true that is a failure.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

export interface Live {
  endpoint: string;
  cli: string;
  deployment: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    live: Live | undefined;
  }
}

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

export default async function setup(project: TestProject) {
  const cli = process.env['BREAKWATER_CLI'] ?? onPath('breakwater');
  if (!cli) {
    if (process.env['CI'] === 'true') throw new Error('no command line for the live tests: set BREAKWATER_CLI');
    console.warn('LIVE TESTS LEFT OUT: no breakwater; set BREAKWATER_CLI, or run scripts/test typescript');
    project.provide('live', undefined);
    return () => undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-'));
  const given = process.env['BREAKWATER_NODE'];
  const node = given ? undefined : await start(cli, folder);
  const endpoint = given ?? (node as Running).url;
  const live: Live = { endpoint, cli, deployment: join(folder, 'breakwater.deployment.toml') };
  const stop = async () => {
    if (node) {
      node.process.kill('SIGINT');
      await new Promise((resolve) => node.process.once('exit', resolve));
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // A node that runs may have the same market already: addresses depend on the name.
    const file = join(folder, 'market.toml');
    const plan = readFileSync(join(repository, 'examples', 'local.toml'), 'utf8');
    writeFileSync(file, plan.replace(/^name = .*$/m, `name = "local-${process.pid}-${Date.now()}"`));
    for (const line of [
      `deploy ${file} --from //Alice`,
      'oracle push ETH=2000 USD=1 --from //Alice',
      'token mint USD 2000000 --to //Alice --from //Alice',
      'token mint ETH 100 --to //Bob --from //Alice',
      'token mint ETH 100 --to //Charlie --from //Alice',
      'supply USD 500000 --from //Alice',
    ]) {
      breakwater(live, line);
    }
  } catch (why) {
    await stop();
    throw why;
  }
  project.provide('live', live);
  return stop;
}

/** Runs the command line against the chain; what it prints. */
export function breakwater(live: Live, line: string): string {
  return execFileSync(live.cli, line.split(' '), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, BREAKWATER_NODE: live.endpoint, BREAKWATER_DEPLOYMENT: live.deployment },
  });
}

interface Running {
  process: ChildProcess;
  url: string;
}

async function start(cli: string, cwd: string): Promise<Running> {
  const port = await freePort();
  const node = spawn(cli, ['node', 'up', '--port', String(port)], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (data: Buffer) => {
      said += data.toString();
      const found = /(ws:\/\/\S+)/.exec(said);
      if (found) resolve((found[1] as string).replace(/[.,]$/, ''));
    };
    node.stdout.on('data', read);
    node.stderr.on('data', read);
    node.once('exit', () => reject(new Error(`no node: ${said}`)));
  });
  return { process: node, url };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function onPath(name: string): string | undefined {
  try {
    return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
