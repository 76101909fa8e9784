//! The keepers: the brain of `breakwater keeper`, without its service. They know accounts from events,
//! see the market at the newest block, and have no money: lots are sold on the pool before the debt is
//! pulled. What the brain proposes is dealt out among them.

use super::{setup::Cast, stored, LiveChain};
use anyhow::{ensure, Result};
use breakwater_chain::{AccountId, ContractEvent, Transaction, Weight};
use breakwater_keeper::{
    action::{Action, Proposal},
    brain::{Brain, Identity},
    ranking::health,
    reader::BlockReader,
    snapshot::{MarketSnapshot, Pending, Settings},
    strategy::{BuyStock, Buying, Cure, Fill, Phase, Place, Pool, Start, Strategy, Take, WriteOff},
};
use breakwater_protocol::{num::math::WAD, Position};

/// Gas that any single message of theirs gets along with.
const GAS: Weight = Weight { ref_time: 150_000_000_000, proof_size: 4 * 1024 * 1024 };
/// Most accounts that are started in a transaction: so many get along with that too.
const STARTS_TOGETHER: usize = 32;

/// All of them: one brain and many keys.
pub struct Keepers {
    market: AccountId,
    brain: Brain,
    dealt: usize,
}

/// What one of them does.
pub struct Deal {
    pub action: Action,
    pub transaction: Transaction,
}

impl Keepers {
    /// Keepers who know everybody that has a loan.
    pub fn new(chain: &mut dyn LiveChain, cast: &Cast) -> Result<Self> {
        let on = &cast.on;
        let pool = Pool { address: on.amm.address, assets: [on.eth_asset, on.usd_asset] };
        let buying = Buying {
            taker: cast.takers.first().copied(),
            venues: vec![Place::Pool(pool)],
            limits: Vec::new(),
            sales_usd: None,
            least_wad: WAD,
            exit_bps: 0,
            tolerance_bps: 0,
        };
        let for_the_market = true;
        let start = Start {
            most: usize::MAX,
            least_wad: 0,
            for_the_market,
            buying: Some(buying.clone()),
            win_bps: 5_000,
        };
        let strategies: Vec<Box<dyn Strategy>> = vec![
            Box::new(start),
            Box::new(Take(buying.clone())),
            Box::new(Cure),
            Box::new(WriteOff),
            Box::new(Fill { for_the_market }),
            Box::new(BuyStock(buying)),
        ];
        let us = cast.keepers[0].account();
        let identity = Identity { market: on.market.address, us, oracle: None };
        let mut brain = Brain::new(identity, strategies);
        let mut positions: Vec<(AccountId, Position)> = Vec::new();
        let borrowers = cast.borrowers.iter().map(|borrower| borrower.signer.account());
        for account in borrowers.chain([cast.lender.account()]) {
            let held = on.market.account(chain, account)?.positions;
            positions.extend(held.into_iter().map(|position| (account, position)));
        }
        brain.load(positions, []);
        Ok(Self { market: on.market.address, brain, dealt: 0 })
    }

    /// The market at the newest block. What they know must be what it says.
    pub fn look(&mut self, chain: &mut dyn LiveChain) -> Result<MarketSnapshot> {
        let at = (chain.best()?, chain.now_ms()?);
        let mut reader = BlockReader { ledger: chain, block: at.0.hash };
        let Settings { count, oracle, .. } = *self.brain.settings(&mut reader)?;
        let stored = stored::reserves(reader.ledger, (self.market, oracle), count, at)?;
        let on = match stored {
            Some(reserves) => self.brain.look_at(&mut reader, at, Pending::default(), reserves)?,
            None => self.brain.look(&mut reader, at, Pending::default())?,
        };
        self.brain.index().check(&on.reserves)?;
        Ok(on)
    }

    /// What is worth doing now, each assuming those before it are done.
    pub fn answer(
        &mut self,
        chain: &mut dyn LiveChain,
        cast: &Cast,
        on: &mut MarketSnapshot,
    ) -> Result<Vec<Deal>> {
        let mut reader = BlockReader { block: on.block.hash, ledger: chain };
        self.brain.rank(on);
        while self.brain.has_unread() {
            self.brain.read_auctions(&mut reader, on)?;
        }
        self.brain.read_auctions(&mut reader, on)?;
        let mut deals = Vec::new();
        for phase in [Phase::Starts, Phase::Auctions] {
            for place in self.brain.due(phase, &mut reader, on)? {
                let (_, proposals) = self.brain.propose(place, on);
                for action in proposals.into_iter().flat_map(apart) {
                    deals.push(self.deal(cast, action));
                }
            }
        }
        self.brain.tidy(on);
        Ok(deals)
    }

    /// One after the other has their turn.
    fn deal(&mut self, cast: &Cast, mut action: Action) -> Deal {
        let turn = self.dealt % cast.keepers.len();
        self.dealt += 1;
        if let Action::TakeAndSell { taker, .. } | Action::BuyStockAndSell { taker, .. } =
            &mut action
        {
            // Each has a contract of their own, which serves nobody else.
            *taker = cast.takers[turn];
        }
        let (market, oracle) = (cast.on.market, cast.on.oracle);
        let call = action.call(market, oracle).with_gas(GAS);
        Deal { transaction: Transaction::new(&cast.keepers[turn], call), action }
    }

    /// Learns what blocks have brought.
    pub fn learn<'e>(&mut self, events: impl IntoIterator<Item = &'e ContractEvent>) -> Result<()> {
        Ok(self.brain.learn_events(events)?)
    }

    /// Whether the accounts they know from events are, in sum, those of the market.
    pub fn are_right(&self, on: &MarketSnapshot) -> bool {
        self.brain.index().check(&on.reserves).is_ok()
    }

    /// Debt in dollars and health factor of an account; `None` without a debt.
    pub fn health(&self, on: &MarketSnapshot, account: &AccountId) -> Option<(f64, f64)> {
        let positions = self.brain.index().positions(account);
        let health = health(&positions, &on.reserves).ok()?;
        let owes = positions.iter().any(|held| held.debt_shares != 0);
        let wad = |wad: u128| wad as f64 / 1e18;
        owes.then(|| (wad(health.debt_wad), wad(health.health_factor_wad())))
    }

    /// Everybody's debt in dollars and health factor.
    pub fn everybody(&self, on: &MarketSnapshot, cast: &Cast) -> Result<Vec<(f64, f64)>> {
        ensure!(on.reserves.iter().all(|priced| priced.price.is_some()), "a price is missing");
        let accounts = cast.borrowers.iter().map(|borrower| borrower.signer.account());
        Ok(accounts.filter_map(|account| self.health(on, &account)).collect())
    }
}

/// Starts in parts that fit a transaction.
fn apart(proposal: Proposal) -> Vec<Action> {
    match proposal.action {
        Action::Start(accounts) => {
            accounts.chunks(STARTS_TOGETHER).map(|some| Action::Start(some.to_vec())).collect()
        }
        other => vec![other],
    }
}
