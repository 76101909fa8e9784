/** The chain: dry runs, transactions, events of one connection. */
import type { LegacyClient } from 'dedot';
import type { Address, Call, ChainEvent, DryRun, Hex, Progress, Receipt, SendOptions, Signer } from './api.js';
import { ProtocolError, dispatchError, refusal } from './errors.js';
import { $ErrorName, $PSP22Error } from './generated/codecs.js';
import type { ContractMessage } from './message.js';
import { fromHex, toAddress, toHex } from './primitives.js';

/** Gas that a call may take which can't be tried alone; all of the market's messages take less. */
const BOUND = { refTime: 60_000_000_000n, proofSize: 2_500_000n };
/** What a chain refuses with where the market could not pull a token. */
const TRANSFER_FAILED = 'TokenTransferFailed';
/** Flag of an answer that undoes everything. */
const REVERTED = 1;

/** The chain's state at a block, as dedot gives it. */
export async function stateAt(client: LegacyClient, at: Hex | undefined): Promise<any> {
  return at === undefined ? client : await client.at(at);
}

/** Asks a contract: a dry run by nobody in particular. @throws [`ProtocolError`] */
export async function ask<Args extends unknown[], Answer>(
  client: LegacyClient,
  contract: Address,
  message: ContractMessage<Args, Answer>,
  args: Args,
  at?: Hex,
): Promise<Answer> {
  const data = message.encode(...args);
  const run = await tryCall(await stateAt(client, at), contract, { contract, data, value: 0n, label: '' });
  return message.decode(run.answer);
}

async function tryCall(api: any, caller: Address, call: Call): Promise<DryRun & { reverted: boolean }> {
  const { contract, value, data } = call;
  const run = await api.call.contractsApi.call(caller, contract, value, undefined, undefined, data);
  const { gasRequired: gas, storageDeposit: deposit, result } = run;
  if (result.isErr ?? result.type === 'Err') throw named(api, result.err ?? result.value);
  const { flags, data: answer } = result.value;
  const bits = typeof flags === 'number' ? flags : Number(flags.bits);
  return {
    gas: { refTime: gas.refTime, proofSize: gas.proofSize },
    bound: false,
    deposit: deposit.type === 'Refund' ? -deposit.value : deposit.value,
    answer: typeof answer === 'string' ? fromHex(answer) : answer,
    reverted: (bits & REVERTED) !== 0,
  };
}

/** A dispatch error by its names. */
function named(api: any, error: any): ProtocolError {
  const meta = api.registry.findErrorMeta(error);
  if (meta) return dispatchError(meta.pallet, meta.name);
  return dispatchError(error.type ?? 'Runtime', String(error.value?.type ?? error.value ?? ''));
}

/** Which of the deployment's contracts a call goes to: what its errors mean. */
export type Refusals = (contract: Address, answer: Uint8Array) => ProtocolError;

/**
 * Tries calls that will be one transaction. One that needs an approval before it can't be tried alone: that
 * the market would only have failed to pull the token is as far as one gets, and its gas is bounded.
 *
 * @throws [`ProtocolError`]
 */
export async function dryRun(client: LegacyClient, caller: Address, calls: Call[], why: Refusals): Promise<DryRun[]> {
  const runs: DryRun[] = [];
  for (const [place, call] of calls.entries()) {
    const { reverted, ...run } = await tryCall(client, caller, call);
    if (!reverted) runs.push(run);
    else {
      const refused = why(call.contract, run.answer);
      if (place === 0 || refused.name !== TRANSFER_FAILED) throw refused;
      runs.push({ ...run, gas: BOUND, bound: true });
    }
  }
  return runs;
}

/** What a revert of the market, or of a token, says. */
export function refusedBy(isToken: boolean, answer: Uint8Array): ProtocolError {
  if (answer[0] !== 0 || answer[1] !== 1) return new ProtocolError('Reverted', 'the contract refused it');
  try {
    return refusal((isToken ? $PSP22Error : $ErrorName).decode(answer.subarray(2)));
  } catch {
    return new ProtocolError('Reverted', 'the contract refused it');
  }
}

/** Signs and sends calls as one transaction. @throws [`ProtocolError`] where the chain or the contract refused. */
export async function send(
  client: LegacyClient,
  signer: Signer,
  calls: Call[],
  runs: DryRun[],
  options: SendOptions,
  read: (blockHash: Hex, blockNumber: number, records: any[]) => Promise<ChainEvent[]>,
): Promise<Receipt> {
  const { onProgress = () => undefined, until = 'in-block', gasMarginBps = 2_500 } = options;
  const margin = (gas: bigint) => gas + (gas * BigInt(gasMarginBps)) / 10_000n;
  const txs = calls.map((call, place) => {
    const { gas, bound } = runs[place] as DryRun;
    const limit = bound ? gas : { refTime: margin(gas.refTime), proofSize: margin(gas.proofSize) };
    return (client.tx as any).contracts.call(call.contract, call.value, limit, undefined, call.data);
  });
  const tx = txs.length === 1 ? txs[0] : (client.tx as any).utility.batchAll(txs.map((each) => each.call));
  onProgress({ state: 'signing' });
  const done = await finished(client, tx, signer, until, onProgress);
  const { blockHash, blockNumber } = done.status.value as { blockHash: Hex; blockNumber: number };
  if (done.dispatchError) {
    const why = named(client, done.dispatchError);
    throw why;
  }
  const paid = done.events.find(({ event }: any) => is(event, 'TransactionPayment', 'TransactionFeePaid'));
  return {
    hash: done.txHash,
    blockHash,
    blockNumber,
    feePlanck: paid?.event.palletEvent.data.actualFee ?? 0n,
    events: await read(blockHash, blockNumber, done.events),
  };
}

const GONE = 'the node went away: look whether it is in a block before you try again';

const is = (event: any, pallet: string, name: string): boolean =>
  event.pallet === pallet && event.palletEvent?.name === name;

/** Follows a transaction to where it is to be, or until the connection is lost. */
function finished(
  client: LegacyClient,
  tx: any,
  signer: Signer,
  until: string,
  tell: (progress: Progress) => void,
): Promise<any> {
  return new Promise((resolve, reject) => {
    let stop: (() => unknown) | undefined;
    let [over, isInBlock] = [false, false];
    const end = (then: () => void) => {
      if (over) return;
      over = true;
      off();
      // Of a connection that is lost nothing can be unsubscribed.
      void Promise.resolve(stop?.()).catch(() => undefined);
      then();
    };
    // A node that is gone never says what became of it.
    const off = client.on('disconnected', () => end(() => reject(new ProtocolError('NoNode', GONE))));
    const follow = (result: any) => {
      // Of a chain that finalises at once the second report can come before the first.
      if (over) return;
      const { type, value } = result.status;
      const hash = result.txHash as Hex;
      const inBlock = () => {
        if (!isInBlock) tell({ state: 'in-block', hash, blockHash: value.blockHash, blockNumber: value.blockNumber });
        isInBlock = true;
      };
      if (type === 'Broadcasting') tell({ state: 'sent', hash });
      if (type === 'BestChainBlockIncluded') {
        inBlock();
        if (until === 'in-block' || result.dispatchError) end(() => resolve(result));
      }
      if (type === 'Finalized') {
        inBlock();
        tell({ state: 'final', hash, blockHash: value.blockHash, blockNumber: value.blockNumber });
        end(() => resolve(result));
      }
      if (type === 'Invalid' || type === 'Drop') {
        end(() => reject(new ProtocolError(type, `the node took it out of its pool: ${value?.error ?? 'send it again'}`)));
      }
    };
    const by = 'pair' in signer ? [signer.pair, {}] : [signer.address, { signer: signer.signer }];
    tx.signAndSend(...by, follow).then(
      (unsubscribe: () => unknown) => {
        stop = unsubscribe;
        if (over) void Promise.resolve(unsubscribe()).catch(() => undefined);
      },
      (why: unknown) => end(() => reject(refusedToSend(why))),
    );
  });
}

/** Why a transaction was not taken: the wallet's no, or the node's. */
function refusedToSend(why: unknown): ProtocolError {
  const { data } = why as { data?: unknown };
  const text = [why instanceof Error ? why.message : String(why), data].filter((part) => typeof part === 'string').join(': ');
  if (/cancel|reject|denied|refused/i.test(text)) return new ProtocolError('NotSigned', 'the wallet did not sign: nothing was sent');
  if (/balance too low|Inability to pay/i.test(text)) {
    return new ProtocolError('Invalid', 'the account can\'t pay the fee: fund it first');
  }
  if (/disconnect|connect|socket|timeout|\[object Event\]/i.test(text)) {
    return new ProtocolError('NoNode', GONE);
  }
  if (/outdated|Stale/i.test(text)) return new ProtocolError('Invalid', 'another transaction came first: send it again');
  return new ProtocolError('Invalid', text);
}

/** What contracts have reported in a block: address, signature, data. */
export function emitted(records: any[]): { contract: Address; topic: Hex | undefined; data: Uint8Array }[] {
  return records
    .filter(({ event }) => is(event, 'Contracts', 'ContractEmitted'))
    .map(({ event, topics }) => {
      const { contract, data } = event.palletEvent.data;
      return {
        contract: toAddress(contract.raw ? fromHex(contract.raw) : fromHex(String(contract))),
        topic: topics[0] && (typeof topics[0] === 'string' ? (topics[0] as Hex) : toHex(topics[0])),
        data: typeof data === 'string' ? fromHex(data) : data,
      };
    });
}
