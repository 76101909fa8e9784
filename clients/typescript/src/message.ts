/** Messages and events of contracts, as the generated tables build them. */
import * as $ from '@dedot/shape';
import { ProtocolError, refusal } from './errors.js';
import { concat, fromHex } from './primitives.js';

/** A message of a contract: how to call it, and what its answer means. */
export interface ContractMessage<Args extends unknown[], Answer> {
  readonly selector: string;
  /** The call's data. */
  encode(...args: Args): Uint8Array;
  /** The arguments in a call's data. */
  decodeArgs(data: Uint8Array): Args;
  /** What a call has answered. @throws [`ProtocolError`] where the contract refused. */
  decode(answer: Uint8Array): Answer;
}

export function message<Args extends unknown[], Answer>(
  selector: string,
  args: $.Shape<any>[],
  answer: $.Shape<any>,
  error: $.Shape<any> | undefined,
): ContractMessage<Args, Answer> {
  const $args = $.tuple(...args) as unknown as $.Shape<any>;
  return {
    selector,
    encode: (...values) => concat(fromHex(selector), $args.encode(values)),
    decodeArgs: (data) => $args.decode(data.subarray(4)) as Args,
    decode(bytes) {
      // Behind ink!'s own Result comes the contract's.
      if (bytes[0] !== 0) throw new ProtocolError('CouldNotReadInput', 'the contract has no such message');
      if (error === undefined) return answer.decode(bytes.subarray(1)) as Answer;
      if (bytes[1] === 0) return answer.decode(bytes.subarray(2)) as Answer;
      throw refusal(error.decode(bytes.subarray(2)));
    },
  };
}

/** Reads an event: topics say of which kind it is, the data are its fields. */
export type Decoder<Event> = (data: Uint8Array) => Event;

export function event<Event extends { type: string }>(
  type: Event['type'],
  fields: unknown[],
): Decoder<Event> {
  const shape = ($.object as (...fields: unknown[]) => $.Shape<any>)(...fields);
  return (data) => ({ type, ...shape.decode(data) }) as Event;
}
