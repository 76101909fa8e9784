/** A local chain with a market, the page in front of it, and the command line to act beside the page. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../../../..');
const run = promisify(execFile);

/** The command line that was built: `scripts/test web` names it. */
const BREAKWATER =
  process.env['BREAKWATER_BIN'] ?? join(process.env['CARGO_TARGET_DIR'] ?? join(ROOT, 'target'), 'debug/breakwater');

export async function freePort(): Promise<number> {
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
    child.on('exit', (code) => failed(new Error(`ended with ${code}: ${text}`)));
  });
}

export class Chain {
  readonly folder = mkdtempSync(join(tmpdir(), 'breakwater-web-'));
  readonly port: number;
  #children: ChildProcess[] = [];

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<Chain> {
    const chain = new Chain(await freePort());
    const node = chain.#spawn(['node', 'up', '--port', String(chain.port), '--block-time', '2']);
    await says(node, /node at/);
    return chain;
  }

  get node(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      BREAKWATER_NODE: this.node,
      BREAKWATER_DEPLOYMENT: join(this.folder, 'market.toml'),
      BREAKWATER_CONTRACTS: process.env['BREAKWATER_CONTRACTS'] ?? join(ROOT, 'target/contracts'),
    };
  }

  #spawn(args: string[]): ChildProcess {
    const child = spawn(BREAKWATER, args, { cwd: this.folder, env: this.#environment() });
    this.#children.push(child);
    return child;
  }

  /** `breakwater …`, split at spaces; by Alice unless it says otherwise. */
  async cli(line: string): Promise<string> {
    const env = { ...this.#environment(), BREAKWATER_KEY: '//Alice' };
    const { stdout } = await run(BREAKWATER, line.split(' '), { cwd: this.folder, env });
    return stdout;
  }

  async deploy(file = join(ROOT, 'examples/local.toml')): Promise<void> {
    await this.cli(`deploy ${file}`);
  }

  /** Serves the page as it is shipped, for this node or for what stands before it. */
  async page(node = this.node, more: string[] = []): Promise<string> {
    const child = this.#spawn(['app', '--port', '0', '--node', node, ...more]);
    return (await says(child, /the page is at (http:\S+)/))[1] ?? '';
  }

  stop(): void {
    for (const child of this.#children.reverse()) child.kill('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
