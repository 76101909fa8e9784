/** From the deployment that came with the page to a market that is followed. */
import { Breakwater, type Connection, type Deployment } from '@breakwater/client';
import type { Source, Trouble } from '../data/source';
import { take } from '../state/store';
import coreUrl from '../../../../clients/typescript/core/core.wasm?url';
import { isNoMarket } from './send';
import { Live } from './source';

interface Served {
  node: string;
  keeper: string | null;
  deployment: Deployment;
}

/** Nobody is told that a node is silent before it had this long. */
const PATIENCE_MS = 1_200;

function trouble(connection: Connection, node: string, expected: string): Trouble | null {
  switch (connection.state) {
    case 'connected':
    case 'closed':
      return null;
    case 'connecting':
      return { kind: 'noNode', node, sinceMs: performance.now() };
    case 'wrong-chain':
      return { kind: 'wrongChain', expected, found: connection.genesis };
  }
}

/** Between two looks for a market that is not there. */
const AGAIN_MS = 2_000;

/** Opens the market, and waits for one to be deployed where there is none. */
export async function openLive(): Promise<Source> {
  for (;;) {
    try {
      return await openServed();
    } catch (why) {
      if (!isNoMarket(why)) throw why;
      take({ kind: 'trouble', trouble: { kind: 'noMarket' } });
      await new Promise((later) => setTimeout(later, AGAIN_MS));
    }
  }
}

async function openServed(): Promise<Source> {
  const core = fetch(coreUrl);
  const answer = await fetch('./deployment.json');
  if (!answer.ok) throw new Error(`there is no deployment to show: ${await answer.text()}`);
  const { node, keeper, deployment } = (await answer.json()) as Served;
  let listener: ((trouble: Trouble | null) => void) | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (found: Trouble | null) => {
    if (listener !== null) listener(found);
    else take(found === null ? { kind: 'well' } : { kind: 'trouble', trouble: found });
  };
  const market = await Breakwater.open({
    endpoints: node,
    deployment,
    core,
    onConnection: (connection) => {
      clearTimeout(timer);
      const found = trouble(connection, node, deployment.genesis);
      // A connection that comes back at once is no trouble.
      if (found?.kind === 'noNode') timer = setTimeout(() => say(found), PATIENCE_MS);
      else say(found);
    },
  });
  return new Live({
    market,
    node,
    keeper,
    onTrouble: (wanted) => {
      listener = wanted;
    },
  });
}
