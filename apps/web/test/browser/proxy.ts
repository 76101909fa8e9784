/** Between page and node: a WebSocket proxy that loses, holds and changes what passes. */
import { WebSocket, WebSocketServer } from 'ws';

export interface Request {
  id: number;
  method: string;
  params: unknown[];
}

export interface Answer {
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

/** What becomes of a request instead of being passed on; nothing where it is to be passed on. */
type OnRequest = (request: Request) => Answer | 'gone' | undefined;
/** What becomes of the node's answer to it. */
type OnAnswer = (request: Request, answer: Answer) => Answer;

export class Proxy {
  readonly #node: string;
  readonly #server: WebSocketServer;
  readonly #pairs = new Set<[page: WebSocket, node: WebSocket]>();
  #isGone = false;
  #isHeld = false;
  #heldBack: (() => void)[] = [];
  onRequest: OnRequest = () => undefined;
  onAnswer: OnAnswer = (_, answer) => answer;

  private constructor(node: string) {
    this.#node = node;
    this.#server = new WebSocketServer({ host: '127.0.0.1', port: 0, verifyClient: () => !this.#isGone });
    this.#server.on('connection', (page: WebSocket) => this.#join(page));
  }

  static async start(node: string): Promise<Proxy> {
    const proxy = new Proxy(node);
    await new Promise<void>((ready) => proxy.#server.once('listening', ready));
    return proxy;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#server.address().port}`;
  }

  /** How many pages are connected through it. */
  get connected(): number {
    return this.#pairs.size;
  }

  #join(page: WebSocket): void {
    const node = new WebSocket(this.#node);
    const pair: [WebSocket, WebSocket] = [page, node];
    const asked = new Map<number, Request>();
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      page.terminate();
      node.terminate();
    };
    const opened = new Promise<void>((open) => node.once('open', open));
    const toPage = (text: string) => {
      if (page.readyState === WebSocket.OPEN) page.send(text);
    };
    page.on('message', (bytes: Buffer) => {
      const request = JSON.parse(bytes.toString()) as Request;
      const instead = this.onRequest(request);
      if (instead === 'gone') this.gone();
      else if (instead !== undefined) toPage(JSON.stringify({ jsonrpc: '2.0', id: request.id, ...instead }));
      else {
        asked.set(request.id, request);
        void opened.then(() => {
          if (node.readyState === WebSocket.OPEN) node.send(bytes.toString());
        });
      }
    });
    node.on('message', (bytes: Buffer) => {
      const answer = JSON.parse(bytes.toString()) as Answer & { id?: number };
      const request = answer.id === undefined ? undefined : asked.get(answer.id);
      if (request !== undefined) asked.delete(request.id);
      const text = request === undefined ? bytes.toString() : JSON.stringify(this.onAnswer(request, answer));
      if (this.#isHeld) this.#heldBack.push(() => toPage(text));
      else toPage(text);
    });
    for (const side of pair) {
      side.on('close', end);
      side.on('error', end);
    }
  }

  /** The node is gone: connections end, and new ones are refused until `back`. */
  gone(): void {
    this.#isGone = true;
    for (const pair of this.#pairs) for (const side of pair) side.terminate();
  }

  back(): void {
    this.#isGone = false;
  }

  /** The node says nothing more, and the connection stays; until `release`. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    for (const say of this.#heldBack.splice(0)) say();
  }

  async stop(): Promise<void> {
    this.gone();
    await new Promise<void>((closed) => this.#server.close(() => closed()));
  }
}
