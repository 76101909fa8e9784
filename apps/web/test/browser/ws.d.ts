/** Of `ws`, what the proxy uses. */
declare module 'ws' {
  import type { EventEmitter } from 'node:events';

  export class WebSocket extends EventEmitter {
    static readonly OPEN: number;
    constructor(url: string);
    readonly readyState: number;
    send(data: string): void;
    terminate(): void;
  }

  export class WebSocketServer extends EventEmitter {
    constructor(options: { host: string; port: number; verifyClient: () => boolean });
    address(): { port: number };
    close(done?: () => void): void;
  }
}
