//! The main flow through `ink_e2e`, as ink!'s own users would write it: typed calls on the release
//! Wasm that ships, against a real node.

use breakwater_client::{bundle, LocalPlan};
use breakwater_market::market::{Market, MarketRef};
use breakwater_oracle::oracle::{Oracle, OracleRef};
use breakwater_protocol::{
    num::math::WAD, oracle::FeedConfig, BreakerConfig, Error, MarketParams, ReserveConfig, ALL,
};
use breakwater_psp22::PSP22;
use breakwater_token::token::{Token, TokenRef};
use ink::{
    env::{DefaultEnvironment, Environment},
    primitives::AccountId,
};
use ink_e2e::{alice, bob, charlie, dave, ContractsBackend, Keypair, PolkadotConfig, RpcClient};

type Client = ink_e2e::Client<PolkadotConfig, DefaultEnvironment>;
type Failure = Box<dyn std::error::Error>;

const ETH: u128 = WAD;
const USD: u128 = 1_000_000;

fn id(keypair: &Keypair) -> AccountId {
    AccountId::from(keypair.public_key().0)
}

/// Signs, submits and fails if the message returns an error.
macro_rules! submit {
    ($client:expr, $signer:expr, $call:expr) => {{
        let call = $call;
        $client
            .call(&$signer, &call)
            // In the next block interest and price are a little different from the dry run's.
            .extra_gas_portion(10)
            .submit()
            .await
            .map_err(|error| format!("{}: {error:?}", stringify!($call)))?
    }};
}

/// What a message would return.
macro_rules! ask {
    ($client:expr, $signer:expr, $call:expr) => {{
        let call = $call;
        $client
            .call(&$signer, &call)
            .dry_run()
            .await
            .map_err(|error| format!("{}: {error:?}", stringify!($call)))?
            .return_value()
    }};
}

#[test]
fn lend_crash_and_liquidate() {
    let Some((node, _)) = breakwater_tests::node("lend_crash_and_liquidate") else { return };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(flow(node.url())).expect("the flow succeeds");
}

async fn flow(url: &str) -> Result<(), Failure> {
    let wasm = ["market", "market_auctions", "market_admin", "oracle", "token"]
        .map(|name| bundle::folder().join(name).with_extension("wasm"));
    let mut client = Client::new(RpcClient::from_url(url).await?, wasm).await?;

    let mut new_token = TokenRef::new(0, None, None, 18);
    let eth =
        client.instantiate("token", &alice(), &mut new_token).submit().await.map_err(debug)?;
    let mut new_token = TokenRef::new(0, None, None, 6);
    let usd =
        client.instantiate("token", &alice(), &mut new_token).submit().await.map_err(debug)?;
    let mut new_oracle = OracleRef::new([0; 32].into());
    let oracle =
        client.instantiate("oracle", &alice(), &mut new_oracle).submit().await.map_err(debug)?;
    let auctions = client.upload("market_auctions", &alice()).submit().await.map_err(debug)?;
    let admin = client.upload("market_admin", &alice()).submit().await.map_err(debug)?;
    let mut new_market = MarketRef::new(oracle.account_id, auctions.code_hash, admin.code_hash);
    let market =
        client.instantiate("market", &alice(), &mut new_market).submit().await.map_err(debug)?;
    let (mut eth_calls, mut usd_calls) = (eth.call_builder::<Token>(), usd.call_builder::<Token>());
    let mut oracle_calls = oracle.call_builder::<Oracle>();
    let mut m = market.call_builder::<Market>();
    for token in [eth.account_id, usd.account_id] {
        let feed = FeedConfig::pushed(*id(&alice()).as_ref(), 3_600_000, 0);
        submit!(client, alice(), oracle_calls.configure(token, feed));
    }

    // The price falls at once here: only people move the breaker.
    let params = MarketParams { breaker: BreakerConfig::by_hand(), ..MarketParams::default() };
    submit!(client, alice(), m.set_params(params.into()));
    let mut plan = LocalPlan::default();
    // The figures below were worked out by hand for these.
    plan.eth.auction.fee_bps = 50;
    for (config, token) in [(plan.eth, eth.account_id), (plan.usd, usd.account_id)] {
        let config = ReserveConfig { token: *token.as_ref(), ..config };
        submit!(client, alice(), m.list_reserve(config.into()));
    }
    submit!(client, alice(), eth_calls.mint(id(&charlie()), 10 * ETH));
    submit!(client, alice(), usd_calls.mint(id(&bob()), 10_000 * USD));
    submit!(client, alice(), usd_calls.mint(id(&dave()), 10_000 * USD));
    submit!(client, charlie(), eth_calls.approve(market.account_id, u128::MAX));
    submit!(client, bob(), usd_calls.approve(market.account_id, u128::MAX));
    submit!(client, dave(), usd_calls.approve(market.account_id, u128::MAX));

    let price = |dollars: u128, time_ms| {
        vec![(eth.account_id, dollars * WAD, time_ms), (usd.account_id, WAD, time_ms)]
    };
    // The node's clock is the system's; a price may not be of the future.
    let before = now_ms() - 60_000;
    submit!(client, alice(), oracle_calls.push(price(200, before)));
    submit!(client, bob(), m.supply(1.into(), 10_000 * USD, None));
    submit!(client, charlie(), m.deposit_collateral(0.into(), 10 * ETH, false, None));
    submit!(client, charlie(), m.borrow(1.into(), 1_500 * USD, None));

    let refused = ask!(client, dave(), m.liquidate(id(&charlie()).into()));
    assert_eq!(refused, Err(Error::Healthy));
    submit!(client, alice(), oracle_calls.push(price(180, before + 1)));
    submit!(client, dave(), m.liquidate(id(&charlie()).into()));
    let again = ask!(client, dave(), m.liquidate(id(&charlie()).into()));
    assert_eq!(again, Err(Error::AuctionRunning));
    submit!(client, dave(), m.take(id(&charlie()).into(), 0, 1, ALL, 0, None, None, None,));

    let bought = ask!(client, dave(), eth_calls.balance_of(id(&dave())));
    // LTV is 0.833, a quarter of the way to full urgency: 6.6 bps of 100; the fee is 0.5 %:
    // (1.05 x 1,500 - 1,440) / (1.05 - 1.00566 x 0.8) = 549.96 dollars, x 1.00066 / 180 = 3.057 ETH, and
    // the starter's half of the fee, 0.0076 ETH; 10 bps more for each minute since the start.
    assert!((3_064..3_085).contains(&(bought / (ETH / 1_000))), "{bought}");
    let snapshot = ask!(client, dave(), m.snapshot(id(&charlie()).into())).map_err(debug)?;
    assert!(snapshot.health().map_err(debug)?.is_healthy());
    assert_eq!(ask!(client, dave(), m.account(id(&charlie()).into())).auction, None);
    Ok(())
}

fn debug(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

fn now_ms() -> <DefaultEnvironment as Environment>::Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}
