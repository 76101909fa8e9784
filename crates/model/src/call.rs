//! The market's messages on a [`Model`].

use crate::Model;
use breakwater_protocol::{
    actions::{self, Action, Outcome, Taken, WrittenOff},
    backstop::{self, Deposited},
    breaker::Transition,
    treasury::Collected,
    Account, AccountId, AssetId, Auction, Error, Income, Level, Order, ReserveConfig, Sheet,
};

/// As in the market's storage.
const AUCTIONS_PER_PAGE: usize = 32;
const PAGES_DROPPED_AT_ONCE: u32 = 8;

/// A message to the market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Any of the user's messages, or a batch; for another account only what others may do.
    Act {
        on_behalf_of: Option<AccountId>,
        actions: Vec<Action>,
    },
    Liquidate(AccountId),
    Take {
        account: AccountId,
        order: Order,
    },
    BackstopFill {
        account: AccountId,
        collateral: AssetId,
        debt: AssetId,
    },
    Cure(AccountId),
    RecogniseBadDebt(AccountId),
    BackstopDeposit {
        asset: AssetId,
        assets: u128,
    },
    BackstopGiveNotice(AssetId),
    BackstopWithdraw {
        asset: AssetId,
        shares: u128,
    },
    BackstopClaim {
        asset: AssetId,
        collateral: AssetId,
    },
    /// Of the caller's rewards as starter of auctions, those in an asset.
    ClaimReward(AssetId),
    /// Starts many auctions, and takes from many accounts.
    LiquidateMany(Vec<AccountId>),
    TakeMany(Vec<(AccountId, Order)>),
    /// Looks at the breaker's measures of some assets.
    Poke(Vec<AssetId>),
    /// The guardian raises the level of an asset, or of the whole market.
    Raise {
        asset: Option<AssetId>,
        level: Level,
        lasts_ms: u64,
    },
    /// The owner's.
    Configure(AssetId, Box<ReserveConfig>),
    /// The owner takes an asset's breaker, or the market's, back to Normal.
    ResetBreaker(Option<AssetId>),
    /// The owner collects income of the protocol's.
    Collect {
        asset: AssetId,
        income: Income,
        amount: u128,
    },
    /// The owner lists an asset.
    List(Box<ReserveConfig>),
    /// The owner takes an empty reserve off the market.
    Delist(AssetId),
    /// The owner appoints the guardian.
    SetGuardian {
        guardian: AccountId,
        until_ms: u64,
    },
    /// The owner offers the market to somebody, who accepts it.
    OfferOwnership(AccountId),
    AcceptOwnership,
}

/// What a message did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    Acted {
        outcomes: Vec<Outcome>,
        cured: bool,
    },
    Started,
    /// By a taker or by the backstop.
    Taken(Box<Taken>),
    Cured,
    WrittenOff(WrittenOff),
    Staked(Deposited),
    NoticeGiven,
    /// Pool shares and the supply shares that they became.
    Unstaked(u128, u128),
    Claimed(u128),
    Poked(Vec<Transition>),
    Raised,
    Configured,
    Reset,
    /// How many auctions were started.
    StartedMany(u32),
    /// For each order what was taken, or why not.
    TakenMany(Vec<Result<Taken, Error>>),
    Collected(Collected),
    Listed(AssetId),
    Delisted,
    /// Owner or guardian.
    Appointed,
}

impl Model {
    /// Does what the market would at this time. On an error nothing has changed.
    ///
    /// # Errors
    /// Those of the market's message.
    pub fn apply(&mut self, caller: AccountId, call: &Call) -> Result<Done, Error> {
        self.authorise(&caller, call)?;
        match call {
            Call::Act { on_behalf_of, actions } => {
                let account = on_behalf_of.unwrap_or(caller);
                let held = self.account(&account);
                if account != caller {
                    actions::permit_others(&held, actions)?;
                }
                let plan = actions::plan(&held, actions)?;
                let mut sheet = self.sheet_of(held, &plan.assets)?;
                if !plan.prices {
                    sheet.lines.iter_mut().for_each(|line| line.price = None);
                }
                let (outcomes, ended) = actions::run(&mut sheet, actions)?;
                self.keep(account, sheet);
                let cured = ended.is_some();
                self.close(account, ended);
                Ok(Done::Acted { outcomes, cured })
            }
            Call::Liquidate(account) => {
                let mut sheet = self.risk_sheet(account)?;
                let page = self.page_with_room();
                actions::start_liquidation(&mut sheet, caller, page as u32)?;
                self.index(page, *account);
                self.keep(*account, sheet);
                Ok(Done::Started)
            }
            Call::Take { account, order } => {
                let mut sheet = self.risk_sheet(account)?;
                let taken = actions::take(&mut sheet, caller, order)?;
                Ok(self.filled(*account, sheet, order.collateral, taken))
            }
            Call::BackstopFill { account, collateral, debt } => {
                let mut sheet = self.risk_sheet(account)?;
                let mut pool = self.pool(*debt);
                let taken = actions::backstop_fill(&mut sheet, &mut pool, *collateral, *debt)?;
                self.pools.insert(*debt, pool);
                Ok(self.filled(*account, sheet, *collateral, taken))
            }
            Call::Cure(account) => {
                let mut sheet = self.risk_sheet(account)?;
                if sheet.account.auction.is_none() {
                    return Err(Error::NoAuction);
                }
                let ended = sheet.cure();
                if ended.is_none() {
                    return Err(Error::InsufficientCollateral);
                }
                self.keep(*account, sheet);
                self.close(*account, ended);
                Ok(Done::Cured)
            }
            Call::RecogniseBadDebt(account) => {
                let mut sheet = self.risk_sheet(account)?;
                let (written_off, ended) = actions::recognise(&mut sheet)?;
                self.keep(*account, sheet);
                self.close(*account, ended);
                Ok(Done::WrittenOff(written_off))
            }
            Call::BackstopDeposit { .. }
            | Call::BackstopGiveNotice(_)
            | Call::BackstopWithdraw { .. }
            | Call::BackstopClaim { .. } => self.apply_to_stake(caller, call),
            Call::ClaimReward(asset) => {
                let earned = self.rewards.get(&(caller, *asset)).copied().unwrap_or(0);
                let paid = self.reserve_mut(*asset)?.pay_reward(earned)?;
                self.rewards.remove(&(caller, *asset));
                Ok(Done::Claimed(paid))
            }
            Call::Poke(assets) => {
                let sheet = self.poked(assets)?;
                let seen = sheet.transitions.clone();
                self.keep_reserves(&sheet);
                Ok(Done::Poked(seen))
            }
            Call::LiquidateMany(accounts) => self.liquidate_many(caller, accounts),
            Call::TakeMany(orders) => self.take_many(caller, orders),
            Call::Raise { .. }
            | Call::ResetBreaker(_)
            | Call::Configure(..)
            | Call::Collect { .. }
            | Call::List(_)
            | Call::Delist(_)
            | Call::SetGuardian { .. }
            | Call::OfferOwnership(_)
            | Call::AcceptOwnership => self.apply_at_office(caller, call),
        }
    }

    /// Some reserves with their breakers and clocks up to date.
    pub(crate) fn poked(&self, assets: &[AssetId]) -> Result<Sheet, Error> {
        let mut sheet = self.sheet_of(Account::default(), assets)?;
        sheet.poke();
        Ok(sheet)
    }

    /// The backstop's stakes.
    fn apply_to_stake(&mut self, caller: AccountId, call: &Call) -> Result<Done, Error> {
        match call {
            Call::BackstopDeposit { asset, assets } => {
                let (mut pool, mut stake, mut reserve) = self.stake(*asset, caller)?;
                let now_ms = self.now_ms;
                reserve.accrue(now_ms)?;
                let done =
                    backstop::deposit(&mut reserve, &mut pool, &mut stake, None, *assets, now_ms)?;
                if let Some((epoch, sums)) = &done.ended {
                    self.ended.insert((*asset, *epoch), sums.clone());
                }
                self.reserves[usize::from(*asset)] = reserve;
                self.pools.insert(*asset, pool);
                self.keep_stake(*asset, caller, stake);
                Ok(Done::Staked(done))
            }
            Call::BackstopGiveNotice(asset) => {
                let (_, mut stake, _) = self.stake(*asset, caller)?;
                stake.give_notice(self.now_ms)?;
                self.keep_stake(*asset, caller, stake);
                Ok(Done::NoticeGiven)
            }
            Call::BackstopWithdraw { asset, shares } => {
                let (mut pool, mut stake, _) = self.stake(*asset, caller)?;
                let mut sheet = self.sheet_of(self.account(&caller), &[*asset])?;
                let (shares, supply_shares) =
                    backstop::withdraw(&mut sheet, *asset, &mut pool, &mut stake, *shares)?;
                self.keep(caller, sheet);
                self.pools.insert(*asset, pool);
                self.keep_stake(*asset, caller, stake);
                Ok(Done::Unstaked(shares, supply_shares))
            }
            Call::BackstopClaim { asset, collateral } => {
                let (_, mut stake, _) = self.stake(*asset, caller)?;
                let place = usize::from(*collateral);
                let mut lot = self.reserve(*collateral)?.clone();
                let amount = stake.claim(*collateral, &mut lot)?;
                self.reserves[place] = lot;
                self.keep_stake(*asset, caller, stake);
                Ok(Done::Claimed(amount))
            }
            _ => Err(Error::NoStake),
        }
    }

    /// Keeps what a fill has changed.
    fn filled(
        &mut self,
        account: AccountId,
        sheet: Sheet,
        collateral: AssetId,
        taken: Taken,
    ) -> Done {
        self.note_reward(collateral, &taken);
        self.keep(account, sheet);
        self.close(account, taken.ended.clone());
        Done::Taken(Box::new(taken))
    }

    /// Adds to what the auction's starter may claim.
    pub(crate) fn note_reward(&mut self, collateral: AssetId, taken: &Taken) {
        if let Some(starter) = taken.reward_to {
            *self.rewards.entry((starter, collateral)).or_default() += taken.fill.reward;
        }
    }

    /// Puts an auction on a page of the index.
    pub(crate) fn index(&mut self, page: usize, account: AccountId) {
        self.open.resize(self.open.len().max(page + 1), Vec::new());
        self.open[page].push(account);
    }

    /// The last page of the index if it has room, else the next.
    pub(crate) fn page_with_room(&self) -> usize {
        let last = self.open.len().saturating_sub(1);
        match self.open.get(last) {
            Some(page) if page.len() >= AUCTIONS_PER_PAGE => last + 1,
            _ => last,
        }
    }

    /// Takes an auction out of the index: the last one on its page moves to its place.
    pub(crate) fn close(&mut self, account: AccountId, ended: Option<Auction>) {
        let Some(ended) = ended else { return };
        let number = ended.page as usize;
        let page = &mut self.open[number];
        if let Some(place) = page.iter().position(|held| *held == account) {
            page.swap_remove(place);
        }
        if !page.is_empty() || number + 1 != self.open.len() {
            return;
        }
        self.open.pop();
        for _ in 0..PAGES_DROPPED_AT_ONCE {
            if self.open.last().is_some_and(Vec::is_empty) {
                self.open.pop();
            }
        }
    }

    /// An account with the reserves whose price matters to it.
    fn risk_sheet(&self, account: &AccountId) -> Result<Sheet, Error> {
        let held = self.account(account);
        let risks = held.positions.iter().filter(|position| position.bears_risk());
        let assets: Vec<AssetId> = risks.map(|position| position.asset).collect();
        self.sheet_of(held, &assets)
    }
}
