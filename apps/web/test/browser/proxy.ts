/** Between page and node: a WebSocket proxy that can lose, hold and change what passes. */
import { createServer, connect, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * Bytes are passed on as they are, so that nothing has to be known of WebSocket frames but that a connection
 * can end, stall, or never begin.
 */
export class Proxy {
  #server: Server;
  #pairs = new Set<[Socket, Socket]>();
  #refusing = false;
  #held = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(nodePort: number): Promise<Proxy> {
    const server = createServer();
    const proxy = new Proxy(server);
    server.on('connection', (page) => proxy.#join(page, nodePort));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #join(page: Socket, nodePort: number): void {
    if (this.#refusing) {
      page.destroy();
      return;
    }
    const node = connect(nodePort, '127.0.0.1');
    const pair: [Socket, Socket] = [page, node];
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      page.destroy();
      node.destroy();
    };
    for (const [from, to] of [pair, [node, page] as const]) {
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', end);
      from.on('close', end);
    }
    if (this.#held) node.pause();
  }

  /** The node is gone: connections end, and new ones are refused until `back`. */
  gone(): void {
    this.#refusing = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  back(): void {
    this.#refusing = false;
  }

  /** The node says nothing more, and the connection stays; until `release`. */
  hold(): void {
    this.#held = true;
    for (const [, node] of this.#pairs) node.pause();
  }

  release(): void {
    this.#held = false;
    for (const [, node] of this.#pairs) node.resume();
  }

  async stop(): Promise<void> {
    this.gone();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
