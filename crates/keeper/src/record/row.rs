//! One event of the market as the record keeps it.

use breakwater_chain::{AccountId, Block, ContractEvent, Hash};
use breakwater_client::{GovernanceEvent, MarketEvent};
use scale::{Decode, Encode};

/// Where an event stands in the chain: its block's number, and its place among that block's events.
pub type Place = (u64, u32);

/// An event of the market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub place: Place,
    /// Timestamp of the block, in Unix milliseconds.
    pub time_ms: u64,
    /// Whom it is about, and who else took part: a taker, a payer, a receiver.
    pub accounts: [Option<AccountId>; 2],
    /// Whether everybody is told of it, not only those it is about.
    pub is_notable: bool,
    /// The event's signature and fields, as the chain has them.
    pub body: Body,
}

/// An event as the chain has it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Body {
    pub time_ms: u64,
    pub topic: Hash,
    pub data: Vec<u8>,
}

/// An event, decoded.
pub enum Told {
    Market(Box<MarketEvent>),
    Governance(GovernanceEvent),
}

impl Row {
    /// The market's events of a block, in their order.
    pub fn of_block(block: &Block, market: &AccountId) -> Vec<Self> {
        let all = (0..).zip(block.events());
        let ours = all.filter(|(_, event)| event.contract == *market);
        let rows = ours.filter_map(|(index, event)| {
            let topic = *event.topics.first()?;
            let body = Body { time_ms: block.time_ms, topic, data: event.data.clone() };
            Self::new((block.id.number, index), body)
        });
        rows.collect()
    }

    /// A row; none for an event that nobody here knows.
    pub fn new(place: Place, body: Body) -> Option<Self> {
        let told = body.decode()?;
        let (accounts, is_notable) = (told.accounts(), told.is_notable());
        Some(Self { place, time_ms: body.time_ms, accounts, is_notable, body })
    }

    /// Whether it is about an account, or the account took part.
    pub fn concerns(&self, account: &AccountId) -> bool {
        self.accounts.iter().flatten().any(|one| one == account)
    }
}

impl Body {
    /// The event; none if nobody here knows it.
    pub fn decode(&self) -> Option<Told> {
        let event = ContractEvent {
            contract: AccountId::default(),
            topics: vec![self.topic],
            data: self.data.clone(),
        };
        MarketEvent::decode(&event)
            .map(|event| Told::Market(Box::new(event)))
            .or_else(|| GovernanceEvent::decode(&event).map(Told::Governance))
    }
}

impl Told {
    fn accounts(&self) -> [Option<AccountId>; 2] {
        use MarketEvent as E;
        let Self::Market(event) = self else { return [None, None] };
        let (about, other) = match event.as_ref() {
            E::Supplied(e) => (Some(e.account), Some(e.payer)),
            E::Withdrawn(e) => (Some(e.account), Some(e.receiver)),
            E::CollateralDeposited(e) => (Some(e.account), Some(e.payer)),
            E::CollateralWithdrawn(e) => (Some(e.account), Some(e.receiver)),
            E::Borrowed(e) => (Some(e.account), Some(e.receiver)),
            E::Repaid(e) => (Some(e.account), Some(e.payer)),
            E::LiquidationStarted(e) => (Some(e.account), Some(e.starter)),
            E::AuctionClosed(e) => (Some(e.account), None),
            E::Taken(e) => (Some(e.account), Some(e.taker)),
            E::RewardClaimed(e) => (Some(e.account), None),
            E::BadDebtRecognised(e) => (Some(e.account), None),
            E::DustKept(e) => (Some(e.account), None),
            E::BackstopDeposited(e) => (Some(e.account), None),
            E::BackstopNoticeGiven(e) => (Some(e.account), None),
            E::BackstopWithdrawn(e) => (Some(e.account), Some(e.receiver)),
            E::StockSold(e) => (None, Some(e.buyer)),
            E::IncomeCollected(e) => (None, Some(e.receiver)),
            E::BreakerRaised(e) => (None, Some(e.by)),
            E::GuardianSet(e) => (None, Some(e.guardian)),
            E::LossBorneByProtocol(_)
            | E::LossBorneByBackstop(_)
            | E::LossBorneByLenders(_)
            | E::BreakerChanged(_)
            | E::BreakerReset(_)
            | E::ParamsSet(_)
            | E::ReserveListed(_)
            | E::ReserveConfigured(_)
            | E::ReserveDelisted(_) => (None, None),
        };
        [about, other].map(|one| one.map(|account| *account.as_ref()))
    }

    /// Not what somebody does with their own position while nothing is wrong.
    fn is_notable(&self) -> bool {
        use MarketEvent as E;
        match self {
            Self::Governance(_) => true,
            Self::Market(event) => !matches!(
                event.as_ref(),
                E::Supplied(_)
                    | E::Withdrawn(_)
                    | E::CollateralDeposited(_)
                    | E::CollateralWithdrawn(_)
                    | E::Borrowed(_)
                    | E::Repaid(_)
                    | E::RewardClaimed(_)
                    | E::BackstopDeposited(_)
                    | E::BackstopNoticeGiven(_)
                    | E::BackstopWithdrawn(_)
            ),
        }
    }
}
