//! A keeper for a stage: its configuration, and rounds until something is so.

pub mod faulty;
pub mod proxy;
pub mod venues;
pub mod wrong;

use crate::stage::{Stage, USD};
use breakwater_chain::{AccountId, Chain, Ledger, Signer, Transaction};
use breakwater_client::deploy::must;
use breakwater_keeper::{
    command::connect, config::Config, endpoints::Connect, metrics::Metrics, service::Keeper,
};
use std::{
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc, Mutex,
    },
    time::{Duration, Instant},
};

/// Longest wait of a test for something to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder for stores, removed when dropped.
pub struct Folder(PathBuf);

impl Folder {
    /// A new one in the system's temporary folder.
    pub fn new(test: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("breakwater-{test}-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What can't be removed lies in the temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A configuration for a stage's market: takes with up to 100,000 dollars, a profit of a cent is
/// enough. `more` is added to it.
pub fn config(stage: &Stage, endpoints: &[&str], store: &Path, more: &str) -> Config {
    config_of([stage.on.market.address, stage.on.lens.address], endpoints, store, more)
}

/// [`config`] for a market and its lens.
pub fn config_of(
    [market, lens]: [AccountId; 2],
    endpoints: &[&str],
    store: &Path,
    more: &str,
) -> Config {
    let hex = |account: AccountId| format!("0x{}", sp_core::hexdisplay::HexDisplay::from(&account));
    // A test may have its own.
    let executor = if more.starts_with("resend_ms") { "" } else { "resend_ms = 500\n" };
    let text = format!(
        "[chain]\nendpoints = {endpoints:?}\npoll_ms = 20\ncompare_ms = 200\ntimeout_ms = 3000\n\
         [market]\nmarket = \"{}\"\nlens = \"{}\"\n\
         [store]\npath = {store:?}\n\
         [executor]\n{executor}{more}",
        hex(market),
        hex(lens),
    );
    Config::parse(&text).expect("a configuration")
}

/// Takes with money: up to 100,000 dollars, a profit of a cent is enough.
pub const WITH_MONEY: &str =
    "[takes]\nmin_profit_usd = 0.01\nexit_bps = 0\n[[inventory]]\nasset = 1\nspend_max = 100000.0\n";

/// The same, but for no less than three dollars: not at an auction's first price.
pub const PATIENT: &str =
    "[takes]\nmin_profit_usd = 3.0\nexit_bps = 0\n[[inventory]]\nasset = 1\nspend_max = 100000.0\n";

/// Connections to nodes.
pub fn to_nodes() -> Connect {
    connect(Duration::from_secs(3))
}

/// Connections to one chain in this process, whatever the address.
pub fn to_shared<L: Ledger + 'static>(chain: &Arc<Mutex<L>>) -> Connect {
    let chain = Arc::clone(chain);
    Box::new(move |_| Ok(Box::new(Arc::clone(&chain)) as Box<dyn Ledger>))
}

/// A keeper and its metrics.
pub fn start(config: Config, signer: &Signer, connect: Connect) -> (Keeper, Arc<Metrics>) {
    let metrics = Arc::new(Metrics::new());
    let keeper = Keeper::start(config, signer.clone(), connect, false, Arc::clone(&metrics));
    (keeper.expect("starts"), metrics)
}

/// Rounds until nothing is left to do: the newest block is answered and nothing is under way.
pub fn settle(keeper: &mut Keeper) {
    until("nothing is left to do", || {
        keeper.round().is_ok_and(|round| round.caught_up && round.sent == 0 && round.under_way == 0)
    });
}

/// Tries again until something is so; panics when that takes too long.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Gives `count` borrowers 10 ETH and a debt of 1,500 dollars each, like the stage's own: to be
/// liquidated below 187.50.
pub fn borrowers(stage: &mut Stage, count: usize) -> Vec<Signer> {
    let (on, admin) = (stage.on.clone(), stage.admin.clone());
    let signers: Vec<Signer> = (0..count)
        .map(|index| Signer::from_uri(&format!("//Borrower/{index}")).expect("a key"))
        .collect();
    let accounts: Vec<AccountId> = signers.iter().map(Signer::account).collect();
    stage.chain.fund(&admin, &accounts, 1_000_000_000_000_000).expect("funds");
    let ten_eth = 10 * crate::stage::ETH;
    for chunk in accounts.chunks(50) {
        let gifts = chunk.iter().map(|account| on.eth.mint(*account, ten_eth));
        must(stage.chain, &admin, gifts.collect()).expect("mints");
    }
    let loans: Vec<Transaction> = signers
        .iter()
        .map(|signer| {
            Transaction::batch(
                signer,
                vec![
                    on.eth.approve(on.market.address, u128::MAX).with_gas(GAS),
                    on.market.deposit_collateral(on.eth_asset, ten_eth, None).with_gas(GAS),
                    on.market.borrow(on.usd_asset, 1_500 * USD).with_gas(GAS),
                ],
            )
        })
        .collect();
    for receipt in stage.chain.submit_all(&loans).expect("are included") {
        assert_eq!(receipt.result, Ok(()));
    }
    signers
}

/// Gas that any of a borrower's messages gets along with.
const GAS: breakwater_chain::Weight =
    breakwater_chain::Weight { ref_time: 100_000_000_000, proof_size: 4 * 1024 * 1024 };

/// Every account that the keeper knows has on chain what the keeper thinks, and nobody is missing.
pub fn assert_knows_all(keeper: &Keeper, stage: &mut Stage, accounts: &[AccountId]) {
    for account in accounts {
        let mut theirs = stage.account(*account).positions;
        let mut ours = keeper.index().positions(account);
        theirs.sort_by_key(|held| held.asset);
        ours.sort_by_key(|held| held.asset);
        assert_eq!(ours, theirs);
    }
    let assets = [stage.on.eth_asset, stage.on.usd_asset];
    let reserves = stage.on.market.priced_reserves(stage.chain, &assets).expect("lines");
    assert_eq!(keeper.index().check(&reserves), Ok(()));
}

/// The stage's price and a block for the keeper to see.
pub fn fall(stage: &mut Stage, dollars: u128) {
    stage.price(dollars);
}

/// Moves a chain's clock on.
pub fn pass(chain: &mut dyn Chain, ms: u64) {
    let now_ms = chain.now_ms().expect("a time");
    chain.travel_to_ms(now_ms + ms).expect("time passes");
}

/// A chain that a scenario and a keeper share.
pub mod shared {
    use breakwater_chain::{
        AccountId, Chain, ChainError, ContractCall, DryRun, Hash, Receipt, Signer, Transaction,
    };
    use breakwater_embedded::{EmbeddedChain, Profile};
    use std::sync::{Arc, Mutex, MutexGuard};

    /// The scenario's side; the keeper has the ledger.
    pub struct Shared<C>(Arc<Mutex<C>>);

    impl<C: Chain> Shared<C> {
        pub fn new(chain: C) -> Self {
            Self(Arc::new(Mutex::new(chain)))
        }

        /// What the keeper connects to.
        pub fn ledger(&self) -> &Arc<Mutex<C>> {
            &self.0
        }

        fn chain(&self) -> MutexGuard<'_, C> {
            self.0.lock().expect("nobody has panicked")
        }
    }

    /// An embedded chain to share. Its ledger remembers all blocks from now on, each final at once.
    pub fn chain() -> Shared<EmbeddedChain> {
        let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
        chain.remember(0);
        Shared::new(chain)
    }

    impl<C: Chain> Chain for Shared<C> {
        fn now_ms(&mut self) -> Result<u64, ChainError> {
            self.chain().now_ms()
        }
        fn block_number(&mut self) -> Result<u64, ChainError> {
            self.chain().block_number()
        }
        fn genesis_hash(&mut self) -> Result<Hash, ChainError> {
            self.chain().genesis_hash()
        }
        fn travel_to_ms(&mut self, time_ms: u64) -> Result<(), ChainError> {
            self.chain().travel_to_ms(time_ms)
        }
        fn upload(&mut self, signer: &Signer, wasm: &[u8]) -> Result<Hash, ChainError> {
            self.chain().upload(signer, wasm)
        }
        fn instantiate(
            &mut self,
            signer: &Signer,
            code_hash: Hash,
            value: u128,
            data: Vec<u8>,
            salt: Vec<u8>,
        ) -> Result<(AccountId, Receipt), ChainError> {
            self.chain().instantiate(signer, code_hash, value, data, salt)
        }
        fn dry_run(
            &mut self,
            origin: AccountId,
            call: &ContractCall,
        ) -> Result<DryRun, ChainError> {
            self.chain().dry_run(origin, call)
        }
        fn submit_all(&mut self, transactions: &[Transaction]) -> Result<Vec<Receipt>, ChainError> {
            self.chain().submit_all(transactions)
        }
        fn fund(
            &mut self,
            from: &Signer,
            to: &[AccountId],
            amount: u128,
        ) -> Result<(), ChainError> {
            self.chain().fund(from, to, amount)
        }
        fn balance(&mut self, account: AccountId) -> Result<u128, ChainError> {
            self.chain().balance(account)
        }
        fn contract_code_hash(&mut self, contract: AccountId) -> Result<Option<Hash>, ChainError> {
            self.chain().contract_code_hash(contract)
        }
    }
}
