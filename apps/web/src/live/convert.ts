/** From the client's types to the page's. */
import type { AccountView, CoreApi, Deployment, Snapshot as ChainSnapshot, Price as ChainPrice } from '@breakwater/client';
import type {
  Account,
  Address,
  Asset,
  Backstop,
  Breaker,
  Level,
  Price,
  PriceSource,
  Sale,
  Trigger,
} from '../data/model';
import { LEVELS } from '../data/model';

/** Flags of a price's `goodFor` (`crates/protocol/src/oracle/price.rs`). */
const FOR_RISK = 1;
const FOR_LIQUIDATION = 2;
const FOR_SETTLEMENT = 4;

/** A health factor of this and above is that of an account without debt. */
const NO_DEBT = (1n << 128n) - 1n;

export function price(of: ChainPrice): Price {
  return {
    midWad: of.midWad,
    lowWad: of.lowWad,
    highWad: of.highWad,
    timeMs: Number(of.timeMs),
    fastVolatilityWad: of.fastVolatilityWad,
    slowVolatilityWad: of.slowVolatilityWad,
    forRisk: (of.goodFor & FOR_RISK) !== 0,
    forLiquidation: (of.goodFor & FOR_LIQUIDATION) !== 0,
    forSettlement: (of.goodFor & FOR_SETTLEMENT) !== 0,
    goodSinceMs: Number(of.goodSinceMs),
  };
}

/** What the core's views answer; null where it refuses, since one asset's trouble is not the others'. */
function answered<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch {
    return null;
  }
}

export function breaker(core: CoreApi, asset: number, nowMs: number): Breaker {
  const view = answered(() => core.breaker(asset));
  if (view === null) return { level: 'Normal', trigger: 'Calm', untilMs: 0, meters: [] };
  const people = view.level !== 'Normal' && view.trigger === 'Calm' && Number(view.guard.untilMs) > nowMs;
  return {
    level: view.level as Level,
    trigger: people ? 'People' : (view.trigger as Trigger),
    untilMs: Number(people ? view.guard.untilMs : view.untilMs),
    meters: view.meters.map(([trigger, [guarded, stressed, halted]]) => ({
      trigger: trigger as Trigger,
      guardedBps: guarded ?? null,
      stressedBps: stressed ?? null,
      haltedBps: halted ?? null,
    })),
  };
}

/** All that pages show of the assets of a market. The core must have the snapshot. */
export function assets(
  core: CoreApi,
  snapshot: ChainSnapshot,
  deployment: Deployment,
  sources: Map<number, PriceSource[]>,
): Asset[] {
  return snapshot.reserves.map((priced) => {
    const id = priced.asset;
    const named = deployment.assets.find((asset) => asset.id === id);
    const reserve = answered(() => core.reserve(id)) ?? priced.reserve;
    const { config, balances } = reserve;
    const rates = answered(() => core.rates(id));
    const risk = answered(() => core.risk(id));
    return {
      id,
      symbol: named?.symbol ?? `#${id}`,
      decimals: config.decimals,
      token: config.token,
      borrowable: config.borrowable,
      isCollateral: config.collateral,
      frozen: config.frozen,
      price: priced.price === undefined ? null : price(priced.price),
      sources: sources.get(id) ?? [],
      supplied: balances.cash + balances.borrowed,
      borrowed: balances.borrowed,
      cash: balances.cash,
      collateral: balances.collateral,
      supplyCap: config.supplyCap,
      borrowCap: config.borrowCap,
      collateralCap: config.collateralCap,
      minDebt: config.minDebt,
      depth: config.liquidity.depth,
      utilisationWad: rates?.utilisationWad ?? 0n,
      borrowRateWad: rates?.borrowRateWad ?? 0n,
      supplyRateWad: rates?.supplyRateWad ?? 0n,
      loadWad: risk?.loadWad ?? 0n,
      maxLoadWad: risk?.maxLoadWad ?? 0n,
      haircutWad: risk?.haircutWad ?? null,
      ltv: [...(risk?.ltv ?? [])],
      thresholds: [...(risk?.thresholds ?? [])],
      outflowRoom: risk?.outflowRoom ?? 0n,
      breaker: breaker(core, id, snapshot.nowMs),
      sale: config.collateral ? sale(core, id, config) : null,
      backstop: config.borrowable ? backstop(core, id, config) : null,
    };
  });
}

type Config = ChainSnapshot['reserves'][number]['reserve']['config'];

function sale(core: CoreApi, id: number, { auction }: Config): Sale | null {
  const view = answered(() => core.sale(id));
  if (view === null) return null;
  return {
    bonusWad: view.bonusWad,
    impactWad: view.impactWad,
    capWad: view.capWad,
    room: view.room,
    stockRoom: view.stockRoom,
    waiting: view.waiting,
    stock: view.stock,
    settlesSinceMs: view.settlesSinceMs === undefined ? null : Number(view.settlesSinceMs),
    fuseWad: view.fuseWad,
    riseMbpsPerMin: view.pace.riseMbpsPerMin,
    floorBps: auction.floorBps,
    maxBonusBps: auction.maxBonusBps,
    halfLifeMs: Number(auction.halfLifeMs),
  };
}

function backstop(core: CoreApi, id: number, { backstop: config }: Config): Backstop | null {
  const view = answered(() => core.backstop(id));
  if (view === null) return null;
  return {
    money: view.money,
    tied: view.tied,
    target: view.target,
    premiumWad: view.premiumWad,
    shares: view.shares,
    stocks: view.stocks.map(({ asset, units, cost }) => ({ collateral: asset, units, cost })),
    cooldownMs: Number(config.cooldownMs),
    windowMs: Number(config.windowMs),
  };
}

const highest = (levels: Level[]): Level =>
  levels.reduce((a, b) => (LEVELS.indexOf(b) > LEVELS.indexOf(a) ? b : a), 'Normal');

/** An account as the lens or the core sees it; `levels` are those of the assets. */
export function account(address: Address, view: AccountView, levels: Map<number, Level>): Account {
  const { health, account: cell } = view;
  const bears = view.positions.filter(({ collateral, owed }) => collateral !== 0n || owed !== 0n);
  const inDebt = health.debtWad !== 0n;
  return {
    address,
    positions: view.positions.map((held) => ({
      asset: held.asset,
      supplied: held.supplied,
      owed: held.owed,
      collateral: held.collateral,
      collateralWad: held.collateralWad,
      owedWad: held.owedWad,
      liquidationPriceWad: held.liquidationPriceWad ?? null,
    })),
    collateralWad: health.collateralWad,
    debtWad: health.debtWad,
    thresholdWad: health.thresholdWad,
    healthWad: inDebt && view.healthFactorWad < NO_DEBT ? view.healthFactorWad : null,
    ltvWad: inDebt ? (view.ltvWad ?? null) : null,
    availableWad: view.availableWad,
    shockWad: view.shockToLiquidationWad ?? null,
    level: highest(bears.map(({ asset }) => levels.get(asset) ?? 'Normal')),
    auction:
      cell.auction === undefined
        ? null
        : { startedMs: Number(cell.auction.startedMs), starter: cell.auction.starter },
  };
}
