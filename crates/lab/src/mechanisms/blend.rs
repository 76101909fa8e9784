//! Blend v2 in the simulator: [`breakwater_peers::blend`].
//!
//! The oracle has 14 decimals, as Reflector's; a token is reserve 0, dollars are reserve 1, at rates
//! of one. What the backstop would have to bear is bad debt.

use super::{
    peer::{self, Loans},
    trigger_wad, Account, Asset, Design, Fill, Keeper, Lot, Market, Mechanism, Position, Quote,
    Refused, Start, TOKEN, USD,
};
use breakwater_peers::{
    blend::{
        auction::{is_stale, scale, Auction},
        liquidation::{create, Asset as Reserve, Data, Positions},
        SCALAR_12, SCALAR_7,
    },
    Error,
};

/// How liquidations are started, and the chain's pace.
#[derive(Clone, Copy, Debug)]
pub struct Blend {
    /// 5 seconds on Stellar.
    pub block_ms: u64,
    /// Health that whoever starts an auction aims at, in basis points: 1.06, as Blend's own bot.
    pub aim_bps: u16,
}

impl Default for Blend {
    fn default() -> Self {
        Self { block_ms: 5_000, aim_bps: 10_600 }
    }
}

impl Design for Blend {
    fn name(&self) -> &str {
        "Blend v2"
    }

    fn about(&self) -> &str {
        "An auction of a part of the loan: the collateral on offer grows for 200 blocks, then the price falls \
         for 200."
    }

    fn open(&self, market: &Market, positions: &[Position]) -> Result<Box<dyn Mechanism>, Refused> {
        if self.block_ms == 0 {
            return Err(Refused::Unsupported);
        }
        let mut balances = Balances {
            loans: Loans::open(market, positions)?,
            auctions: vec![None; positions.len()],
            running: Vec::new(),
            rule: *self,
            block: 0,
        };
        balances.tell(market.now_ms)?;
        Ok(Box::new(balances))
    }
}

/// Indices of the two reserves.
const COLLATERAL: u32 = 0;
const DOLLARS: u32 = 1;
/// 14 decimals.
const ORACLE_SCALAR: i128 = 100_000_000_000_000;
/// Wad dollars of a unit of the oracle's prices.
const PRICE_STEP_WAD: u128 = 10_000;
/// Health below which no request of a user is accepted (`require_healthy`): 1.00001.
const MIN_HEALTH: i128 = 10_000_100;

struct Balances {
    rule: Blend,
    loans: Loans,
    block: u32,
    auctions: Vec<Option<Auction>>,
    /// Accounts in auction, ascending.
    running: Vec<Account>,
}

fn signed(number: u128) -> Result<i128, Refused> {
    i128::try_from(number).map_err(|_| Refused::Overflow)
}

fn amount(tokens: &[(u32, i128)]) -> Result<u128, Refused> {
    peer::units(tokens.iter().map(|(_, amount)| amount).sum::<i128>())
}

fn theirs(position: &Position) -> Result<Positions, Refused> {
    let tokens = |index, held| -> Result<_, Refused> {
        Ok(if held == 0 { vec![] } else { vec![(index, signed(held)?)] })
    };
    Ok(Positions {
        collateral: tokens(COLLATERAL, position.collateral)?,
        liabilities: tokens(DOLLARS, position.debt)?,
    })
}

impl Balances {
    fn tell(&mut self, now_ms: u64) -> Result<(), Refused> {
        // Ledgers are counted from the run's epoch: 32 bits hold 680 years of them.
        let block = now_ms / self.rule.block_ms;
        self.block = u32::try_from(block).map_err(|_| Refused::Overflow)?;
        Ok(())
    }

    fn reserves(&self, asset: Asset) -> Result<[Reserve; 2], Refused> {
        let (price_wad, threshold_bps) = self.loans.terms(asset)?;
        let reserve = |collateral_factor, scalar, price| -> Result<_, Refused> {
            Ok(Reserve {
                collateral_factor,
                liability_factor: SCALAR_7,
                b_rate: SCALAR_12,
                d_rate: SCALAR_12,
                scalar: signed(scalar)?,
                price,
            })
        };
        let factor = i128::from(threshold_bps) * (SCALAR_7 / 10_000);
        let price = signed(price_wad / PRICE_STEP_WAD)?;
        Ok([reserve(factor, TOKEN, price)?, reserve(0, USD, ORACLE_SCALAR)?])
    }

    fn data(&self, position: &Position) -> Result<Data, Refused> {
        let reserves = self.reserves(position.asset)?;
        Ok(Data::of(&theirs(position)?, &reserves, ORACLE_SCALAR)?)
    }

    /// The percentage that Blend's bot asks for: enough to take the loan to the health it aims at.
    /// It computes in floating point too (auctioneer-bot: `calculateLiquidationPercent`).
    fn wished_percent(&self, data: &Data) -> u32 {
        let aim = f64::from(self.rule.aim_bps) / 1e4;
        let (collateral, liability) = (data.collateral_base as f64, data.liability_base as f64);
        let (raw_collateral, raw_liability) =
            (data.collateral_raw as f64, data.liability_raw as f64);
        let (factor, inverse) = (collateral / raw_collateral, liability / raw_liability);
        let incentive = 1.0 + (1.0 - factor / inverse) / 2.0;
        let gain = inverse * aim - factor * incentive;
        let percent = (liability * aim - collateral) / gain / raw_liability * 100.0;
        // Casts saturate; without a gain only everything helps.
        if gain > 0.0 {
            (percent.round() as u32).clamp(1, 100)
        } else {
            100
        }
    }

    fn auction(&self, lot: Lot) -> Result<(Account, &Auction), Refused> {
        let account = lot.account.ok_or(Refused::NoLot)?;
        let auction = self.auctions.get(account).ok_or(Refused::NoLot)?.as_ref();
        Ok((account, auction.ok_or(Refused::NoLot)?))
    }

    /// A fill of as many per cent as `max_pay` is enough for, and what stays for sale.
    fn fill(&self, lot: Lot, max_pay: u128) -> Result<(Fill, Option<Auction>), Refused> {
        let (account, auction) = self.auction(lot)?;
        if self.block < auction.block {
            return Err(Refused::NotNow);
        }
        let asked = |percent| -> Result<_, Refused> {
            let fill = scale(auction, self.block, percent)?;
            Ok((amount(&fill.filled.bid)?, fill))
        };
        let (mut paid, mut fill) = asked(100)?;
        if paid > max_pay {
            let percent = max_pay.saturating_mul(100) / paid;
            let mut percent = u32::try_from(percent).map_err(|_| Refused::Overflow)?;
            // Rounded up, a percentage may cost a little more than its part.
            loop {
                if percent == 0 {
                    return Err(Refused::Amount);
                }
                (paid, fill) = asked(percent)?;
                if paid <= max_pay {
                    break;
                }
                percent -= 1;
            }
        }
        let received = amount(&fill.filled.lot)?;
        if received == 0 || paid == 0 {
            return Err(Refused::Amount);
        }
        let position = self.loans.position(account);
        let gone = fill.left.is_none() && received == position.collateral;
        let bad_debt = if gone { position.debt - paid } else { 0 };
        Ok((Fill { paid, received, repaid: paid, seized: received, bad_debt }, fill.left))
    }

    /// A change by the borrower: in auction only one that makes them healthy, and deletes it.
    fn change(&mut self, account: Account, next: Position) -> Result<(), Refused> {
        let in_auction = self.auctions.get(account).is_some_and(Option::is_some);
        if in_auction {
            if self.data(&next)?.is_health_under(MIN_HEALTH)? {
                return Err(Refused::NotNow);
            }
            self.end(account);
        }
        *self.loans.position_mut(account)? = next;
        Ok(())
    }

    fn end(&mut self, account: Account) {
        if let Some(auction) = self.auctions.get_mut(account) {
            *auction = None;
        }
        self.running.retain(|running| *running != account);
    }
}

impl Mechanism for Balances {
    fn observe(&mut self, now_ms: u64, quotes: &[Quote]) {
        // A time past the last ledger's number leaves the ledger where it was.
        let _ = self.tell(now_ms);
        self.loans.observe(quotes);
    }

    fn position(&self, account: Account) -> Position {
        self.loans.position(account)
    }

    fn repay(&mut self, account: Account, amount: u128) -> Result<u128, Refused> {
        let position = self.loans.position(account);
        let repaid = amount.min(position.debt);
        self.change(account, Position { debt: position.debt - repaid, ..position })?;
        Ok(repaid)
    }

    fn top_up(&mut self, account: Account, units: u128) -> Result<(), Refused> {
        let position = self.loans.position(account);
        let collateral = position.collateral.checked_add(units).ok_or(Refused::Overflow)?;
        self.change(account, Position { collateral, ..position })
    }

    /// Creates an auction: of the wished percentage, or the nearest one that the pool accepts.
    fn start(&mut self, account: Account, _keeper: Keeper) -> Result<Start, Refused> {
        let place = self.running.binary_search(&account).err().ok_or(Refused::NotNow)?;
        let position = self.loans.position(account);
        let data = self.data(&position)?;
        if !data.is_liquidatable() {
            return Err(Refused::Healthy);
        }
        let (tokens, reserves) = (theirs(&position)?, self.reserves(position.asset)?);
        let attempt = |percent| {
            let (bid, lot) = ([DOLLARS], [COLLATERAL]);
            create(&tokens, &reserves, ORACLE_SCALAR, &bid, &lot, percent, self.block)
        };
        let wished = self.wished_percent(&data);
        let found = (0..100)
            .flat_map(|off| [wished.saturating_add(off), wished.saturating_sub(off)])
            .filter(|percent| (1..=100).contains(percent))
            .find_map(|percent| match attempt(percent) {
                Err(Error::LiquidationTooLarge | Error::LiquidationTooSmall) => None,
                other => Some(other),
            });
        let auction = found.ok_or(Refused::NotNow)??;
        *self.auctions.get_mut(account).ok_or(Refused::NoLot)? = Some(auction);
        self.running.insert(place, account);
        Ok(Start::default())
    }

    /// Deletes stale auctions, so that new ones can be created.
    fn upkeep(&mut self, _keeper: Keeper) -> Vec<(Account, Start)> {
        let stale = |account: &Account| {
            let auction = self.auctions.get(*account).and_then(Option::as_ref);
            auction.is_some_and(|auction| is_stale(auction, self.block) == Ok(true))
        };
        let stale: Vec<Account> = self.running.iter().copied().filter(stale).collect();
        for account in &stale {
            self.end(*account);
        }
        stale.into_iter().map(|account| (account, Start::default())).collect()
    }

    fn lots(&self, _below: &[Account], out: &mut Vec<Lot>) {
        out.extend(self.running.iter().filter_map(|&account| {
            let id = u32::try_from(account).ok()?;
            Some(Lot { id, asset: self.loans.position(account).asset, account: Some(account) })
        }));
    }

    fn quote(&self, lot: Lot, max_pay: u128) -> Result<Fill, Refused> {
        self.fill(lot, max_pay).map(|(fill, _)| fill)
    }

    fn take(&mut self, lot: Lot, max_pay: u128, _keeper: Keeper) -> Result<Fill, Refused> {
        let (fill, left) = self.fill(lot, max_pay)?;
        let account = lot.account.ok_or(Refused::NoLot)?;
        self.loans.apply(account, &fill)?;
        match left {
            None => self.end(account),
            left => *self.auctions.get_mut(account).ok_or(Refused::NoLot)? = left,
        }
        Ok(fill)
    }

    fn trigger_wad(&self, account: Account, threshold_bps: u16) -> Option<u128> {
        let Position { collateral, debt, .. } = self.position(account);
        Some(trigger_wad(collateral, debt, threshold_bps)?.saturating_add(PRICE_STEP_WAD))
    }
}
