import { describe, expect, it } from 'vitest';
import { DOLLAR, ETHER } from '../../fixture/source';
import { ALL, type Intent } from '../../src/data/intent';
import { commandLine } from '../../src/text/command';

const BOB = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty';
const line = (intent: Intent) => commandLine(intent, [ETHER, DOLLAR]);

describe('the command line’s line', () => {
  it('says what the page does, to the last digit', () => {
    expect(line({ kind: 'deposit', asset: 0, units: 10n ** 19n })).toBe('breakwater collateral deposit ETH 10');
    expect(line({ kind: 'borrow', asset: 1, units: 14_900_000_001n })).toBe('breakwater borrow USD 14900.000001');
    expect(line({ kind: 'repay', asset: 1, units: ALL })).toBe('breakwater repay USD all');
    expect(line({ kind: 'takeBack', asset: 0, units: ALL })).toBe('breakwater collateral withdraw ETH all');
    expect(line({ kind: 'stake', asset: 1, units: 2_500_000_000n })).toBe('breakwater backstop deposit USD 2500');
    expect(line({ kind: 'notice', asset: 1 })).toBe('breakwater backstop notice USD');
  });

  it('takes with the least that the form asks for', () => {
    const take: Intent = { kind: 'take', account: BOB, collateral: 0, debt: 1, maxRepay: 500_000_000n, minReceive: 2n * 10n ** 17n };
    expect(line(take)).toBe(`breakwater take ${BOB} --pay USD --get ETH --amount 500 --min 0.2`);
    expect(line({ ...take, maxRepay: ALL, minReceive: 0n })).toBe(`breakwater take ${BOB} --pay USD --get ETH`);
  });
});
