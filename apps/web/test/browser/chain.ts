/** A local chain with a market, the page in front of it, and the command line to act beside the page. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { front } from './front';

const ROOT = resolve(import.meta.dirname, '../../../..');
const run = promisify(execFile);

/** The command line that was built: `scripts/test web` builds it. */
const BREAKWATER =
  process.env['BREAKWATER_CLI'] ?? join(process.env['CARGO_TARGET_DIR'] ?? join(ROOT, 'target'), 'debug/breakwater');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Until a process says something. */
function says(child: ChildProcess, pattern: RegExp, within = 120_000): Promise<RegExpExecArray> {
  return new Promise((found, failed) => {
    let text = '';
    const timer = setTimeout(() => failed(new Error(`no ${pattern} in: ${text}`)), within);
    const look = (bytes: Buffer) => {
      text += bytes.toString();
      const match = pattern.exec(text);
      if (match === null) return;
      clearTimeout(timer);
      found(match);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.on('error', failed);
    child.on('exit', (code) => failed(new Error(`ended with ${code}: ${text}`)));
  });
}

export class Chain {
  readonly folder = mkdtempSync(join(tmpdir(), 'breakwater-web-'));
  readonly node: string;
  /** The deployment file that commands and pages use. */
  deployment = join(this.folder, 'market.toml');
  readonly #children: ChildProcess[] = [];
  readonly #fronts: Server[] = [];

  private constructor(port: number) {
    this.node = `ws://127.0.0.1:${port}`;
  }

  static async start(): Promise<Chain> {
    const port = await freePort();
    const chain = new Chain(port);
    await says(chain.#spawn(['node', 'up', '--port', String(port), '--block-time', '2']), /node at/);
    return chain;
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      BREAKWATER_NODE: this.node,
      BREAKWATER_DEPLOYMENT: this.deployment,
    };
  }

  #spawn(args: string[], more: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn(BREAKWATER, args, { cwd: this.folder, env: { ...this.#environment(), ...more } });
    this.#children.push(child);
    return child;
  }

  /** `breakwater …`, split at spaces; by Alice unless it says otherwise. */
  async cli(line: string): Promise<string> {
    const env = { ...this.#environment(), BREAKWATER_KEY: '//Alice' };
    const { stdout } = await run(BREAKWATER, line.split(' '), { cwd: this.folder, env });
    return stdout;
  }

  /** Deploys the market of `examples/local.toml`, or what `change` makes of the file. */
  async deploy(change: (plan: string) => string = (plan) => plan): Promise<void> {
    const file = join(this.folder, 'plan.toml');
    writeFileSync(file, change(readFileSync(join(ROOT, 'examples/local.toml'), 'utf8')));
    await this.cli(`deploy ${file}`);
  }

  /** A keeper that tries everything and sends nothing, and tells of the past; where it listens. */
  async keeper(): Promise<string> {
    const [port, file] = [await freePort(), join(this.folder, 'keeper.toml')];
    const config = await this.cli('keeper-config');
    // A step of the series a second: nobody waits for an hour.
    writeFileSync(file, `${config}\n[http]\nlisten = "127.0.0.1:${port}"\nstats_step_ms = 1000\n`);
    const env = { BREAKWATER_KEEPER_KEY: '//Alice' };
    await says(this.#spawn(['keeper', '--config', file, '--dry-run'], env), /started/);
    return `http://127.0.0.1:${port}`;
  }

  /** The deployment file changed, under another name. */
  deploymentWith(change: (text: string) => string): string {
    const file = join(this.folder, `other-${this.#children.length}.toml`);
    writeFileSync(file, change(readFileSync(this.deployment, 'utf8')));
    return file;
  }

  /** Serves the page as it is shipped, for this node or for what stands before it. */
  async page(node = this.node, deployment = this.deployment, more: string[] = []): Promise<string> {
    const child = this.#spawn(['app', '--port', '0', '--node', node, '--deployment', deployment, ...more]);
    const url = (await says(child, /the page is at (http:\S+)/))[1] ?? '';
    const built = join(ROOT, 'apps/web/built');
    const isServed = async (name: string) => {
      const served = await (await fetch(new URL(name === 'index.html' ? '' : name, url))).arrayBuffer();
      return readFileSync(join(built, name)).equals(Buffer.from(served));
    };
    if ((await Promise.all(readdirSync(built).map(isServed))).every(Boolean)) return url;
    if (process.env['BREAKWATER_PAGE'] !== 'built') {
      throw new Error('the command line has another page in it: build it, or set BREAKWATER_PAGE=built');
    }
    const before = await front(url, built);
    this.#fronts.push(before.server);
    return before.url;
  }

  stop(): void {
    for (const server of this.#fronts) server.closeAllConnections();
    for (const server of this.#fronts) server.close();
    for (const child of this.#children.reverse()) child.kill('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
