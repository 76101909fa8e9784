/**
 * For who works on the page: what is in `apps/web/built` now, under the headers of a `breakwater app` that was
 * built before. `BREAKWATER_PAGE=built` asks for it.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const KINDS: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
};

export async function front(app: string, folder: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    void (async () => {
      const { pathname: path, search } = new URL(request.url ?? '/', app);
      const name = path === '/' ? 'index.html' : path.slice(1);
      const [theirs, own] = await Promise.all([
        fetch(new URL(path + search, app)),
        readFile(join(folder, name)).catch(() => undefined),
      ]);
      const headers: Record<string, string> = {};
      for (const [field, value] of theirs.headers) {
        if (!/^(content-length|transfer-encoding|connection|date)$/.test(field)) headers[field] = value;
      }
      const body = Buffer.from(await theirs.arrayBuffer());
      if (own !== undefined) headers['content-type'] = KINDS[extname(name)] ?? 'text/plain';
      response.writeHead(own === undefined ? theirs.status : 200, headers).end(own ?? body);
    })().catch((why: unknown) => response.writeHead(502).end(String(why)));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}
