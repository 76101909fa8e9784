//! The price-oracle adapter: turns what several sources say of an asset into one price with a
//! confidence band and flags, and answers the market's one question, [`prices`](oracle::Oracle::prices).
//!
//! The rules are in [`breakwater_protocol::oracle`]. Here values come in: pushed by a key, signed by
//! reporters and relayed by anyone, in RedStone's form too, asked of DIA's oracle, averaged from a contract on this chain.
#![cfg_attr(not(feature = "std"), no_std, no_main)]

mod asked;
mod early;
mod prices;
mod redstone;
mod sources;
mod storage;

#[ink::contract]
pub mod oracle {
    use crate::{
        asked::{self, Answer, Manner, Question},
        early::{of_ask, of_prices, of_prices_unguarded},
        redstone, sources,
        storage::{Cell, Feeds, PendingOwner, Stored},
    };
    use breakwater_interface::events::{
        oracle::{FeedConfigured, PriceSettled, ValueReported},
        ownership::{OwnershipOffered, OwnershipTransferred},
    };
    use breakwater_protocol::{
        oracle::{
            redstone::{Package, Signer},
            Feed, FeedConfig, Report, SourceKind, Value, Verdict,
        },
        Error, Price,
    };
    use ink::{
        prelude::vec::Vec,
        storage::{Lazy, Mapping},
    };

    type Result<T> = core::result::Result<T, Error>;

    pub use breakwater_interface::report::SignedReport;

    #[ink(storage)]
    pub struct Oracle {
        owner: AccountId,
        /// Genesis hash of the chain, which reporters sign for.
        chain: Hash,
        feeds: Feeds,
        pending_owner: PendingOwner,
    }

    impl Oracle {
        /// An adapter without feeds whose owner is the caller. `chain` is the genesis hash of the
        /// chain: signed reports are good for no other.
        #[ink(constructor)]
        pub fn new(chain: Hash) -> Self {
            Self {
                owner: Self::env().caller(),
                chain,
                feeds: Mapping::new(),
                pending_owner: Lazy::new(),
            }
        }

        /// Prices of tokens, in the order asked; `None` where there is no feed or never was a value.
        /// A price that is too old, too uncertain or quarantined has fewer flags, or none.
        #[ink(message)]
        pub fn prices(&self, tokens: of_prices::Vec<AccountId>) -> Vec<Option<Price>> {
            tokens.answer()
        }

        /// As `prices`, but where a DIA contract answers with more than there is room for, this goes down:
        /// whoever asks then asks `prices`. It is cheaper while they behave.
        #[ink(message)]
        pub fn prices_unguarded(
            &self,
            tokens: of_prices_unguarded::Vec<AccountId>,
        ) -> Vec<Option<Price>> {
            tokens.answer()
        }

        /// Asks DIA contracts in a frame of its own: what brings it down leaves the caller standing.
        /// Anyone may, it answers what they answer.
        #[ink(message)]
        pub fn ask(&self, questions: of_ask::Vec<Question>) -> Vec<Option<Answer>> {
            questions.answer()
        }

        /// Finds out whether there is room for a frame in this one's, and goes down where there is none: the
        /// adapter asks it, as its own delegate.
        #[ink(message)]
        pub fn probe(&self) {
            asked::probe();
        }

        /// Reports values of the caller's own pushed sources: token, value in the source's
        /// decimals, time in Unix milliseconds. All are accepted or none.
        ///
        /// Errors: `NotFeeder` if the caller has no source in the feed; `PriceInvalid` for zero or
        /// absurd values; `PriceOutOfOrder` for a time in the future or not later than the last.
        #[ink(message)]
        #[inline(never)]
        pub fn push(&mut self, reports: Vec<(AccountId, u128, u64)>) -> Result<()> {
            let caller = self.env().caller();
            for (token, value, time_ms) in reports {
                let mut feed = self.load(token)?;
                let is_callers = |kind: &SourceKind| match kind {
                    SourceKind::Pushed { key } => AccountId::from(*key) == caller,
                    _ => false,
                };
                let place = feed.config.sources.iter().position(|source| is_callers(&source.kind));
                let source = place.ok_or(Error::NotFeeder)?;
                self.report(token, &mut feed, source, value, time_ms)?;
                self.settle(token, feed)?;
            }
            Ok(())
        }

        /// Takes in values that reporters have signed. Anyone may relay them. What can't be taken in
        /// (somebody else has relayed it, it is out of order, badly signed) is passed over, so that
        /// nobody makes others' reports fail; if nothing is left, the answer is why the first was
        /// not.
        ///
        /// Errors: `NoFeed`, `UnknownSource`, `NonceUsed`, `BadSignature`, and those of `push`.
        #[ink(message)]
        #[inline(never)]
        pub fn relay(&mut self, reports: Vec<SignedReport>) -> Result<()> {
            any_taken(reports.iter().map(|signed| self.take_in(signed)))
        }

        /// Takes in RedStone's signed packages, as their gateways send them, for the feeds of `tokens` that
        /// have their signers as sources. Anyone may relay them. What can't be taken in (it is no news,
        /// somebody else's, out of order) is passed over; if nothing is left, the answer is why the
        /// first was not.
        ///
        /// Errors: `PackageMalformed` for a payload that is none or has more than 32 packages,
        /// `BadSignature`, `NoFeed`, `UnknownSource`, and those of `push`.
        #[ink(message)]
        #[inline(never)]
        pub fn relay_redstone(&mut self, tokens: Vec<AccountId>, payload: Vec<u8>) -> Result<()> {
            let packages = redstone::signed(&payload)?;
            any_taken(tokens.into_iter().map(|token| self.take_in_packages(token, &packages)))
        }

        /// Asks the sources that must be asked, measures volatility, confirms what waits to be
        /// confirmed. Anyone may.
        #[ink(message)]
        #[inline(never)]
        pub fn poke(&mut self, tokens: Vec<AccountId>) -> Result<()> {
            let now_ms = self.env().block_timestamp();
            for token in tokens {
                let mut feed = self.load(token)?;
                for place in 0..feed.config.sources.len() {
                    let kind = feed.config.sources.get(place).map(|source| source.kind.clone());
                    if let Some(SourceKind::Twap { contract, window_ms }) = kind {
                        if let Some((sum_wad_ms, at_ms)) = sources::sum(contract.into(), token) {
                            // A sum out of order is no value; the other sources count on.
                            let _ = feed.report_sum(place, sum_wad_ms, at_ms, window_ms, now_ms);
                        }
                    }
                }
                self.settle(token, feed)?;
            }
            Ok(())
        }

        /// Sets up a token's feed or replaces its configuration. Only the owner. Reporters who stay
        /// keep number, time and, where it means the same, value; new ones must come near the price
        /// before they count, and only what they sign from now on is theirs.
        #[ink(message)]
        #[inline(never)]
        pub fn configure(&mut self, token: AccountId, config: FeedConfig) -> Result<()> {
            if self.env().caller() != self.owner {
                return Err(Error::NotOwner);
            }
            let now_ms = self.env().block_timestamp();
            let feed = match self.feeds.get(token) {
                None => Feed::new_at(config.clone(), now_ms)?,
                Some(Cell(mut feed)) => {
                    feed.reconfigure_at(config.clone(), now_ms)?;
                    feed
                }
            };
            self.feeds.insert(token, &Stored(&feed));
            self.env().emit_event(FeedConfigured { token, config });
            Ok(())
        }

        /// Offers the adapter to another owner; to the present one to take the offer back. Nothing
        /// changes until they accept. Only the owner.
        #[ink(message)]
        #[inline(never)]
        pub fn transfer_ownership(&mut self, to: AccountId) -> Result<()> {
            if self.env().caller() != self.owner {
                return Err(Error::NotOwner);
            }
            let offered = (to != self.owner).then_some(to);
            self.pending_owner.set(&offered);
            self.env().emit_event(OwnershipOffered { from: self.owner, to: offered });
            Ok(())
        }

        /// Makes the caller the owner, if the adapter was offered to them.
        #[ink(message)]
        #[inline(never)]
        pub fn accept_ownership(&mut self) -> Result<()> {
            let caller = self.env().caller();
            if self.pending_owner.get_or_default() != Some(caller) {
                return Err(Error::NotPendingOwner);
            }
            self.pending_owner.set(&None);
            let from = core::mem::replace(&mut self.owner, caller);
            self.env().emit_event(OwnershipTransferred { from, to: caller });
            Ok(())
        }

        /// The owner, the chain that reports must be signed for, and to whom the adapter is offered.
        #[ink(message)]
        pub fn settings(&self) -> (AccountId, Hash, Option<AccountId>) {
            (self.owner, self.chain, self.pending_owner.get_or_default())
        }

        /// A token's feed as it is kept.
        #[ink(message)]
        pub fn feed(&self, token: AccountId) -> Option<Feed> {
            self.feeds.get(token).map(|Cell(feed)| feed)
        }

        /// The last value of each of a token's sources, in wad dollars with its time, and why it
        /// counts or not.
        #[ink(message)]
        pub fn sources(&self, token: AccountId) -> Result<Vec<(Value, Verdict)>> {
            let feed = self.load(token)?;
            let live = self.live(&feed);
            Ok(feed.verdicts(&live, self.env().block_timestamp()))
        }

        fn load(&self, token: AccountId) -> Result<Feed> {
            self.feeds.get(token).map(|Cell(feed)| feed).ok_or(Error::NoFeed)
        }

        fn live(&self, feed: &Feed) -> Vec<Option<Value>> {
            asked::live(&[feed], Manner::Guarded).pop().unwrap_or_default()
        }

        fn take_in(&mut self, signed: &SignedReport) -> Result<()> {
            let SignedReport { token, source, value, time_ms, nonce, signature } = signed;
            let mut feed = self.load(*token)?;
            let place = usize::from(*source);
            // Before the signature, which costs the most.
            if feed.knows(place, *nonce)? {
                return Err(Error::NonceUsed);
            }
            let config = feed.config.sources.get(place).ok_or(Error::UnknownSource)?;
            let report = Report {
                chain: self.chain.into(),
                adapter: *self.env().account_id().as_ref(),
                token: *token.as_ref(),
                value: *value,
                time_ms: *time_ms,
                nonce: *nonce,
            };
            if !sources::is_signed(&config.kind, &report, signature) {
                return Err(Error::BadSignature);
            }
            let now_ms = self.env().block_timestamp();
            feed.report_signed(place, *value, *time_ms, *nonce, now_ms)?;
            self.tell(*token, *source, *value, *time_ms);
            self.settle(*token, feed)
        }

        fn take_in_packages(
            &mut self,
            token: AccountId,
            packages: &[(Signer, Package<'_>)],
        ) -> Result<()> {
            let mut feed = self.load(token)?;
            let (mut taken, mut first) = (false, None);
            for place in 0..feed.config.sources.len() {
                let kind = feed.config.sources.get(place).map(|source| source.kind.clone());
                let Some(SourceKind::Redstone { signer, name }) = kind else { continue };
                for (_, package) in packages.iter().filter(|(its, _)| *its == signer) {
                    let told = package.value(&name).and_then(|value| {
                        self.report(token, &mut feed, place, value, package.time_ms)
                    });
                    match told {
                        Ok(()) => taken = true,
                        Err(error) => first = first.or(Some(error)),
                    }
                }
            }
            if !taken {
                return Err(first.unwrap_or(Error::UnknownSource));
            }
            self.settle(token, feed)
        }

        fn report(
            &self,
            token: AccountId,
            feed: &mut Feed,
            source: usize,
            value: u128,
            time_ms: u64,
        ) -> Result<()> {
            feed.report(source, value, time_ms, self.env().block_timestamp())?;
            let source = u8::try_from(source).map_err(|_| Error::UnknownSource)?;
            self.tell(token, source, value, time_ms);
            Ok(())
        }

        fn tell(&self, token: AccountId, source: u8, value: u128, time_ms: u64) {
            self.env().emit_event(ValueReported { token, source, value, time_ms });
        }

        fn settle(&mut self, token: AccountId, mut feed: Feed) -> Result<()> {
            let before = (feed.price_wad, feed.quarantine);
            feed.settle(&self.live(&feed), self.env().block_timestamp())?;
            self.feeds.insert(token, &Stored(&feed));
            if before != (feed.price_wad, feed.quarantine) {
                let quarantined_wad = feed.quarantine.map(|held| held.price_wad);
                let price_wad = feed.price_wad;
                self.env().emit_event(PriceSettled { token, price_wad, quarantined_wad });
            }
            Ok(())
        }
    }

    /// Has all of them taken in. If there are some and none could be, the answer is why the first was not.
    fn any_taken(outcomes: impl Iterator<Item = Result<()>>) -> Result<()> {
        let (mut taken, mut first) = (false, Ok(()));
        for outcome in outcomes {
            match outcome {
                Ok(()) => taken = true,
                Err(_) if first.is_ok() => first = outcome,
                Err(_) => {}
            }
        }
        if taken {
            Ok(())
        } else {
            first
        }
    }
}
