/** An action: tried, signed, sent, followed. */
import { ProtocolError, type Breakwater, type Call, type Signer as ClientSigner } from '@breakwater/client';
import type { Intent, Progress } from '../data/intent';
import type { Refusal } from '../data/model';
import type { Signer } from '../data/source';
import type { History } from './history';
import { message } from './message';

type InjectedSigner = Extract<ClientSigner, { signer: unknown }>['signer'];

/** Whether the chain has nothing at the market's address: it was started anew. */
export const isNoMarket = (why: unknown): boolean =>
  why instanceof ProtocolError && why.name === 'Contracts::ContractNotFound';

/** Whatever went wrong, as a name and a sentence. */
export function refusal(why: unknown): Refusal {
  if (why instanceof ProtocolError) return { name: why.name, advice: why.sentence };
  const text = why instanceof Error ? why.message : String(why);
  // Before anything is signed.
  if (/connect|socket|timeout|\[object Event\]/i.test(text)) {
    return { name: 'NoNode', advice: 'the node does not answer: nothing was sent' };
  }
  return { name: 'Failed', advice: text };
}

async function calls(market: Breakwater, history: History, intent: Intent, who: string): Promise<Call[]> {
  const wanted = message(intent);
  if (wanted !== null) return market.calls(who, wanted);
  switch (intent.kind) {
    case 'poke':
      return [market.poke(market.deployment.assets.flatMap(({ id }) => (id === undefined ? [] : [id])))];
    case 'execute': {
      const operation = history.operations().get(intent.id);
      if (operation === undefined) {
        throw new ProtocolError('Unknown', 'this page has not seen the block in which it was queued: use the command line');
      }
      return [market.execute(operation)];
    }
    case 'cancel':
      return [market.cancel(intent.id as `0x${string}`)];
    default:
      return [];
  }
}

export async function sendIntent(
  market: Breakwater,
  history: History,
  intent: Intent,
  { address, signer }: Signer,
  report: (progress: Progress) => void,
): Promise<void> {
  try {
    report({ step: 'checking' });
    const wanted = await calls(market, history, intent, address);
    await market.dryRun(address, wanted);
    await market.send({ address, signer: signer as InjectedSigner }, wanted, {
      until: 'final',
      onProgress: (progress) => {
        switch (progress.state) {
          case 'signing':
            return report({ step: 'signing' });
          case 'sent':
            return report({ step: 'sent' });
          case 'in-block':
            return report({ step: 'inBlock', block: progress.blockNumber });
          case 'final':
            return report({ step: 'final', block: progress.blockNumber });
        }
      },
    });
  } catch (why) {
    const { name, advice } = refusal(why);
    report({ step: 'failed', name, advice });
  }
}
