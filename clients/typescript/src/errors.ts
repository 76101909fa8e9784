/** Why something was refused, by name and in a sentence: those of the command line. */
import { CHAIN, GOVERNANCE, SENTENCES } from './generated/errors.js';
import type { ErrorName } from './generated/types.js';

/** A contract, or the chain, has refused. Nothing has changed. */
export class ProtocolError extends Error {
  /** `InsufficientCollateral`, …; of the chain `Contracts::OutOfGas`, …. */
  readonly name: string;
  /** What it means and what to do next. */
  readonly sentence: string;

  constructor(name: string, sentence: string) {
    super(`${name}: ${sentence}`);
    this.name = name;
    this.sentence = sentence;
  }
}

/** The sentence of one of the protocol's errors. */
export function sentence(name: ErrorName): string {
  return SENTENCES[name];
}

/** What a contract has answered instead of Ok, as an error to throw. */
export function refusal(error: unknown): ProtocolError {
  const named = typeof error === 'string' ? { type: error } : (error as { type: string; value?: unknown });
  const { type, value } = named;
  if (Object.hasOwn(SENTENCES, type)) return new ProtocolError(type, SENTENCES[type as ErrorName]);
  if (type === 'MarketRefused' && typeof value === 'string') {
    return new ProtocolError(type, refusal(value).message);
  }
  if (Object.hasOwn(GOVERNANCE, type)) return new ProtocolError(type, GOVERNANCE[type] as string);
  return new ProtocolError(type, 'the contract refused it');
}

/** A failed dispatch, by pallet and name. */
export function dispatchError(pallet: string, name: string): ProtocolError {
  const full = `${pallet}::${name}`;
  return new ProtocolError(full, CHAIN[full] ?? 'the chain refused it');
}
