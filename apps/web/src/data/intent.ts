/** What a person can have signed. One type for the form, the preview, the chain and the command line. */
import type { Address, AssetId } from './model';

/** As an amount: all there is. */
export const ALL = (1n << 128n) - 1n;

export type Intent =
  | { kind: 'supply'; asset: AssetId; units: bigint }
  | { kind: 'withdraw'; asset: AssetId; units: bigint }
  | { kind: 'deposit'; asset: AssetId; units: bigint }
  | { kind: 'takeBack'; asset: AssetId; units: bigint }
  | { kind: 'borrow'; asset: AssetId; units: bigint }
  | { kind: 'repay'; asset: AssetId; units: bigint }
  | { kind: 'stake'; asset: AssetId; units: bigint }
  | { kind: 'notice'; asset: AssetId }
  | { kind: 'unstake'; asset: AssetId; shares: bigint }
  | { kind: 'start'; account: Address }
  | { kind: 'cure'; account: Address }
  | {
      kind: 'take';
      account: Address;
      collateral: AssetId;
      debt: AssetId;
      maxRepay: bigint;
      minReceive: bigint;
    }
  | { kind: 'fill'; account: Address; collateral: AssetId; debt: AssetId }
  | {
      kind: 'buyStock';
      collateral: AssetId;
      debt: AssetId;
      maxPay: bigint;
      minReceive: bigint;
    }
  | { kind: 'poke' }
  | { kind: 'execute'; id: string }
  | { kind: 'cancel'; id: string };

export type IntentKind = Intent['kind'];

/** How far a signed action is. */
export type Progress =
  | { step: 'checking' }
  | { step: 'signing' }
  | { step: 'sent' }
  | { step: 'inBlock'; block: number }
  | { step: 'final'; block: number }
  | { step: 'failed'; name: string; advice: string };
