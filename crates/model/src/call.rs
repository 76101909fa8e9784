//! The market's messages on a [`Model`].

use crate::Model;
use breakwater_protocol::{
    actions::{Action, Outcome, StockSold, WrittenOff},
    backstop::{Deposited, Left},
    breaker::Transition,
    market::{self, Filled, Paid, Payment},
    treasury::Collected,
    AccountId, AssetId, Error, Income, Level, Order, ReserveConfig,
};

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
    /// Buys collateral that the backstop of the order's debt asset holds.
    BuyStock(Order),
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
    /// What the backstop bought at once.
    Started(Option<Filled>),
    /// What the backstop bought first, and the taker where it has left something.
    Taken {
        bought: Option<Filled>,
        filled: Option<Filled>,
    },
    /// By the backstop.
    Bought(Filled),
    /// Of a backstop's stock.
    StockSold(StockSold),
    Cured,
    WrittenOff(WrittenOff),
    Staked(Deposited),
    NoticeGiven,
    Unstaked(Left),
    Claimed(u128),
    Poked(Vec<Transition>),
    Raised,
    Configured,
    Reset,
    /// How many auctions were started, and what backstops bought at once.
    StartedMany {
        count: u32,
        bought: Vec<(AccountId, Filled)>,
    },
    /// For each order what was taken, or why not; what backstops bought before, with the order's place.
    TakenMany {
        orders: Vec<Result<Option<Filled>, Error>>,
        bought: Vec<(usize, Filled)>,
    },
    Collected(Collected),
    Listed(AssetId),
    Delisted,
    /// Owner or guardian.
    Appointed,
}

impl Done {
    /// What backstops bought of accounts.
    pub fn bought(&self) -> Vec<&Filled> {
        match self {
            Self::Started(bought) | Self::Taken { bought, .. } => bought.iter().collect(),
            Self::Bought(bought) => vec![bought],
            Self::StartedMany { bought, .. } => bought.iter().map(|(_, sale)| sale).collect(),
            Self::TakenMany { bought, .. } => bought.iter().map(|(_, sale)| sale).collect(),
            _ => Vec::new(),
        }
    }

    /// What takers bought of accounts.
    pub fn filled(&self) -> Vec<&Filled> {
        match self {
            Self::Taken { filled, .. } => filled.iter().collect(),
            Self::TakenMany { orders, .. } => orders.iter().flatten().flatten().collect(),
            _ => Vec::new(),
        }
    }

    /// What was written off.
    pub fn written_off(&self) -> Vec<&WrittenOff> {
        let mut all: Vec<&WrittenOff> = Vec::new();
        for sale in self.bought().into_iter().chain(self.filled()) {
            all.push(&sale.taken.written_off);
        }
        if let Self::WrittenOff(written_off) = self {
            all.push(written_off);
        }
        all
    }
}

impl Call {
    /// Whether only the owner or the guardian may send it.
    const fn is_admin(&self) -> bool {
        matches!(
            self,
            Self::Raise { .. }
                | Self::Configure(..)
                | Self::ResetBreaker(_)
                | Self::Collect { .. }
                | Self::List(_)
                | Self::Delist(_)
                | Self::SetGuardian { .. }
                | Self::OfferOwnership(_)
        )
    }
}

impl Model {
    /// Does what the market would at this time. On an error nothing has changed.
    ///
    /// # Errors
    /// Those of the market's message.
    pub fn apply(&mut self, caller: AccountId, call: &Call) -> Result<Done, Error> {
        // Where nobody governs, whoever drives the model does.
        let anyone = self.anyone_governs && call.is_admin();
        let caller = if anyone { self.root.owner } else { caller };
        let done = self.send(&caller, call)?;
        self.drop_unused();
        Ok(done)
    }

    fn send(&mut self, caller: &AccountId, call: &Call) -> Result<Done, Error> {
        Ok(match call {
            Call::Act { on_behalf_of, actions } => self.act(caller, *on_behalf_of, actions)?,
            Call::Liquidate(account) => {
                Done::Started(market::liquidate(self, caller, account)?.bought)
            }
            Call::LiquidateMany(accounts) => {
                let started = market::liquidate_many(self, caller, accounts)?;
                let count = started.accounts.len() as u32;
                Done::StartedMany { count, bought: started.bought }
            }
            Call::Take { account, order } => {
                let done = market::take(self, caller, account, order, None, None)?;
                self.pay(&[done.debt_payment, done.lot_payment]);
                Done::Taken { bought: done.bought, filled: done.filled }
            }
            Call::TakeMany(orders) => {
                let done = market::take_many(self, caller, orders, None, None)?;
                self.pay(&done.payments);
                Done::TakenMany { orders: done.orders, bought: done.bought }
            }
            Call::BackstopFill { account, collateral, debt } => {
                Done::Bought(market::backstop_fill(self, account, *collateral, *debt)?.filled)
            }
            Call::Cure(account) => {
                market::cure(self, account)?;
                Done::Cured
            }
            Call::RecogniseBadDebt(account) => {
                Done::WrittenOff(market::recognise_bad_debt(self, account)?.written_off)
            }
            Call::BackstopDeposit { asset, assets } => {
                let done = market::backstop_deposit(self, caller, *asset, *assets)?;
                self.pay(&[done.payment]);
                Done::Staked(done.deposited)
            }
            Call::BackstopGiveNotice(asset) => {
                market::backstop_give_notice(self, caller, *asset)?;
                Done::NoticeGiven
            }
            Call::BackstopWithdraw { asset, shares } => {
                let done = market::backstop_withdraw(self, caller, *asset, *shares, None)?;
                self.pay(&done.payments);
                Done::Unstaked(done.left)
            }
            Call::BuyStock(order) => {
                let done = market::buy_stock(self, caller, order, None, None)?;
                self.pay(&[done.debt_payment, done.lot_payment]);
                Done::StockSold(done.sold)
            }
            Call::ClaimReward(asset) => {
                let paid = market::claim_reward(self, caller, *asset, None)?;
                Done::Claimed(self.paid(&paid).amount)
            }
            Call::Poke(assets) => Done::Poked(market::poke(self, assets)?),
            Call::Raise { asset, level, lasts_ms } => {
                market::raise_breaker(self, caller, *asset, *level, *lasts_ms)?;
                Done::Raised
            }
            Call::ResetBreaker(asset) => {
                market::reset_breaker(self, caller, *asset)?;
                Done::Reset
            }
            Call::Configure(asset, config) => {
                market::configure_reserve(self, caller, *asset, (**config).clone())?;
                Done::Configured
            }
            Call::Collect { asset, income, amount } => {
                let paid = market::collect(self, caller, *asset, *income, *amount, *caller)?;
                Done::Collected(self.paid(&paid))
            }
            Call::List(config) => {
                Done::Listed(market::list_reserve(self, caller, (**config).clone())?)
            }
            Call::Delist(asset) => {
                market::delist_reserve(self, caller, *asset)?;
                Done::Delisted
            }
            Call::SetGuardian { guardian, until_ms } => {
                market::set_guardian(self, caller, *guardian, *until_ms)?;
                Done::Appointed
            }
            Call::OfferOwnership(to) => {
                market::transfer_ownership(self, caller, *to)?;
                Done::Appointed
            }
            Call::AcceptOwnership => {
                market::accept_ownership(self, caller)?;
                Done::Appointed
            }
        })
    }

    fn act(
        &mut self,
        caller: &AccountId,
        on_behalf_of: Option<AccountId>,
        actions: &[Action],
    ) -> Result<Done, Error> {
        let done = match on_behalf_of {
            Some(_) => market::act_for(self, caller, on_behalf_of, actions)?,
            None => market::act_own(self, caller, None, actions, None)?,
        };
        self.pay(&done.payments);
        Ok(Done::Acted { outcomes: done.outcomes, cured: done.cured })
    }

    fn paid(&mut self, paid: &Paid) -> Collected {
        self.pay(&[paid.payment]);
        Collected { amount: paid.payment.paid_out, shares: paid.shares }
    }

    /// Notes what moves of each token: the market's own balance (tokens themselves are not modelled).
    fn pay(&mut self, payments: &[Payment]) {
        for Payment { token, paid_in, paid_out, .. } in payments {
            let balance = self.balances.entry(*token).or_default();
            *balance = balance.wrapping_add(*paid_in).wrapping_sub(*paid_out);
        }
    }
}
