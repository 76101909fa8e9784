//! The chain's coin and its stake as tokens: what the wrappers hold, pay and say of prices.

use breakwater_chain::{AccountId, Chain, ContractCall, Receipt, Signer, Transaction};
use breakwater_client::{abi, deploy::must, Bundle, Token};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_protocol::{
    num::{math::WAD, time::MINUTE_MS},
    oracle::{FeedConfig, SourceConfig, SourceKind},
};
use breakwater_tests::stage::Stage;
use scale::{Decode, Encode};

/// A coin of the strict profile.
const COIN: u128 = 1_000_000_000;

fn alice() -> Signer {
    Signer::from_uri("//Alice").expect("a key")
}

fn bob() -> Signer {
    Signer::from_uri("//Bob").expect("a key")
}

fn create(chain: &mut dyn Chain, name: &str, arguments: impl Encode) -> Token {
    let wasm = Bundle::load(name).expect("contracts are built").wasm;
    let code = chain.upload(&alice(), &wasm).expect("uploads");
    let data = abi::input("new", arguments);
    let made = chain.instantiate(&alice(), code, 0, data, name.into()).expect("instantiates");
    Token { address: made.0 }
}

/// Calls a wrapper, sending coins along.
fn call(token: Token, name: &str, planck: u128, arguments: impl Encode) -> ContractCall {
    ContractCall { value: planck, ..abi::call(token.address, name, arguments) }
}

fn send(chain: &mut dyn Chain, who: &Signer, call: ContractCall) -> Receipt {
    chain.submit(Transaction::new(who, call)).expect("is in a block")
}

fn ask<T: Decode>(chain: &mut dyn Chain, token: Token, name: &'static str) -> T {
    abi::query(chain, token.address, token.address, name, ()).expect("answers")
}

/// What an account's coins change by, fees and deposits apart.
fn gained(chain: &mut dyn Chain, who: &Signer, call: ContractCall) -> i128 {
    let signed = |planck: u128| i128::try_from(planck).expect("an amount");
    let before = signed(chain.balance(who.account()).expect("a balance"));
    let receipt = send(chain, who, call);
    assert_eq!(receipt.result, Ok(()));
    let after = signed(chain.balance(who.account()).expect("a balance"));
    after - before + signed(receipt.fee) + receipt.storage_deposit
}

#[test]
fn a_unit_of_the_native_wrapper_is_a_planck_that_it_holds() {
    for profile in [Profile::Node, Profile::Strict] {
        let mut chain = EmbeddedChain::new(profile).expect("a chain");
        let decimals = u8::try_from(profile.token_decimals()).expect("decimals");
        let token = create(&mut chain, "native", ("Wrapped coin", "WCOIN", decimals));
        assert_eq!(token.decimals(&mut chain).unwrap(), decimals);
        let own = chain.balance(token.address).unwrap();

        let paid = gained(&mut chain, &bob(), call(token, "deposit", 5 * COIN, ()));
        assert_eq!(paid, -5_000_000_000);
        assert_eq!(token.balance_of(&mut chain, bob().account()).unwrap(), 5 * COIN);
        assert_eq!(chain.balance(token.address).unwrap(), own + 5 * COIN);
        must(&mut chain, &bob(), vec![token.transfer(alice().account(), 2 * COIN)]).unwrap();
        // Nobody takes out more than they have, and a part of it is no whole.
        let refused = send(&mut chain, &bob(), call(token, "withdraw", 0, 3 * COIN + 1));
        assert!(refused.result.is_err());
        let got = gained(&mut chain, &bob(), call(token, "withdraw", 0, 3 * COIN));
        assert_eq!(got, 3_000_000_000);
        assert_eq!(ask::<u128>(&mut chain, token, "PSP22::total_supply"), 2 * COIN);
        assert_eq!(chain.balance(token.address).unwrap(), own + 2 * COIN);
        let got = gained(&mut chain, &alice(), call(token, "withdraw", 0, 2 * COIN));
        assert_eq!(got, 2_000_000_000);
        assert_eq!(chain.balance(token.address).unwrap(), own);
        // A gift is nobody's, and stands for no unit.
        chain.fund(&bob(), &[token.address], COIN).unwrap();
        assert_eq!(ask::<u128>(&mut chain, token, "PSP22::total_supply"), 0);
    }
}

/// Arguments of the stake wrapper's constructor.
fn stake_of(hotkey: AccountId, netuid: u16) -> impl Encode {
    (hotkey, netuid, "Staked coin", "SCOIN", 12u8)
}

fn price(chain: &mut dyn Chain, token: Token) -> u128 {
    let price: Result<u128, Vec<u8>> = ask(chain, token, "share_price_wad");
    price.expect("a price")
}

fn pass(chain: &mut EmbeddedChain, blocks: u64) {
    for _ in 0..blocks {
        let next = chain.now_ms().unwrap() + Profile::Strict.block_time_ms();
        chain.travel_to_ms(next).expect("a block");
    }
}

#[test]
fn a_share_of_a_stake_earns_what_the_stake_earns() {
    let mut chain = EmbeddedChain::new(Profile::Strict).expect("a chain");
    let token = create(&mut chain, "stake", stake_of([7; 32], 1));
    let shares = |chain: &mut EmbeddedChain, who: &Signer| {
        token.balance_of(chain, who.account()).expect("a balance")
    };
    let paid = gained(&mut chain, &bob(), call(token, "stake", 100 * COIN, ()));
    assert_eq!(paid, -100_000_000_000);
    let first = shares(&mut chain, &bob());
    let before = price(&mut chain, token);
    // Half a coin a unit of stake, or a little more: whole shares have three decimals more than the stake.
    assert!((WAD / 2..WAD / 100 * 51).contains(&before), "{before}");
    assert_eq!(first / 1_000_000_000_000, 199, "200 units at half a coin, and a little less");

    pass(&mut chain, 200);
    let after = price(&mut chain, token);
    assert!(after > before / 1_000 * 1_003, "both the stake and its price have grown: {after}");
    // Who comes later gets fewer shares for as many coins, and takes nothing from who was there.
    gained(&mut chain, &alice(), call(token, "stake", 100 * COIN, ()));
    assert!(shares(&mut chain, &alice()) < first / 1_000 * 997);
    let later = price(&mut chain, token);
    assert!(later >= after, "{later} after {after}");

    let theirs = shares(&mut chain, &alice());
    let got = gained(&mut chain, &alice(), call(token, "unstake", 0, theirs));
    assert!((99_999_000_000..100_010_000_000).contains(&got), "came and went: {got}");
    let got = gained(&mut chain, &bob(), call(token, "unstake", 0, first));
    assert!(got > 100_300_000_000, "with what was earned: {got}");
    assert_eq!(ask::<u128>(&mut chain, token, "PSP22::total_supply"), 0);
}

#[test]
fn what_the_chain_refuses_the_stake_wrapper_refuses() {
    let mut chain = EmbeddedChain::new(Profile::Strict).expect("a chain");
    let nowhere = create(&mut chain, "stake", stake_of([7; 32], 9));
    let before = chain.balance(nowhere.address).unwrap();
    // No such subnet; too little; nothing to take out.
    for refused in [
        call(nowhere, "stake", 100 * COIN, ()),
        call(nowhere, "stake", 1, ()),
        call(nowhere, "unstake", 0, 5u128),
    ] {
        let receipt = send(&mut chain, &bob(), refused);
        assert!(receipt.result.is_err());
    }
    assert_eq!(chain.balance(nowhere.address).unwrap(), before, "coins went back");
    assert_eq!(ask::<u128>(&mut chain, nowhere, "PSP22::total_supply"), 0);
}

/// The share's price in dollars is the wrapper's own in coins times the coin's: nobody types it.
#[test]
fn a_share_is_priced_by_what_the_chain_says() {
    let mut chain = EmbeddedChain::new(Profile::Strict).expect("a chain");
    let coin = create(&mut chain, "native", ("Wrapped coin", "WCOIN", 9u8));
    let share = create(&mut chain, "stake", stake_of([7; 32], 0));
    let stage = Stage::new(&mut chain);
    let (admin, oracle) = (stage.admin.clone(), stage.on.oracle);
    let chain = stage.chain;
    let pushed = FeedConfig::pushed(admin.account(), 600 * MINUTE_MS, 0);
    let asked = SourceConfig {
        kind: SourceKind::Dia { contract: share.address, symbol: "share".into() },
        ..pushed.sources[0].clone()
    };
    let of_share = FeedConfig { sources: vec![asked], cross: Some(coin.address), ..pushed.clone() };
    let feeds =
        vec![oracle.configure(coin.address, &pushed), oracle.configure(share.address, &of_share)];
    must(chain, &admin, feeds).expect("is configured");
    let tokens = [coin.address, share.address];
    let dollars = |chain: &mut dyn Chain| {
        let now_ms = chain.now_ms().expect("a time");
        must(chain, &admin, vec![oracle.push(&[(coin.address, 300 * WAD, now_ms)])]).unwrap();
        must(chain, &admin, vec![oracle.poke(&tokens)]).unwrap();
        oracle.prices(chain, &tokens).expect("prices")[1].map(|price| price.mid_wad)
    };
    assert_eq!(dollars(chain), None, "nothing is staked");
    must(chain, &admin, vec![call(share, "stake", 100 * COIN, ())]).expect("stakes");
    let first = dollars(chain).expect("a price");
    assert!((150 * WAD..153 * WAD).contains(&first), "{first}");
    let later_ms = chain.now_ms().unwrap() + 60 * MINUTE_MS;
    chain.travel_to_ms(later_ms).expect("travels");
    for _ in 0..30 {
        let next = chain.now_ms().unwrap() + 12_000;
        chain.travel_to_ms(next).expect("a block");
    }
    let second = dollars(chain).expect("a price");
    assert!(second > first, "{second} after {first}");
    let own: Result<u128, Vec<u8>> =
        abi::query(chain, share.address, share.address, "share_price_wad", ()).expect("answers");
    let apart = (own.expect("a price") * 300).abs_diff(second);
    assert!(apart < second / 10_000, "but for the blocks between: {apart}");
}
