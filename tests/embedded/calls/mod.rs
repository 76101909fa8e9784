//! A model's call as the contract's message.

use breakwater_chain::{AccountId, ContractCall, Weight};
use breakwater_client::Market;
use breakwater_model::Call;
use breakwater_protocol::Action;

/// Gas that any of these calls gets along with.
pub const GAS: Weight = Weight { ref_time: 150_000_000_000, proof_size: 4 * 1024 * 1024 };

/// Who gets what is collected.
const OWNER: AccountId = [0xE0; 32];

/// The same call for the contract.
pub fn contract_call(m: Market, call: &Call) -> ContractCall {
    match call {
        Call::Act { on_behalf_of, actions } => match (actions[..].first(), actions.len()) {
            (Some(action), 1) => single(m, *on_behalf_of, *action),
            _ => m.batch(actions),
        },
        Call::Liquidate(account) => m.liquidate(*account),
        Call::Take { account, order } => m.take_with(*account, *order, None, None, None),
        Call::BackstopFill { account, collateral, debt } => {
            m.backstop_fill(*account, *collateral, *debt)
        }
        Call::RecogniseBadDebt(account) => m.recognise_bad_debt(*account),
        Call::BackstopDeposit { asset, assets } => m.backstop_deposit(*asset, *assets),
        Call::BackstopGiveNotice(asset) => m.backstop_give_notice(*asset),
        Call::BackstopWithdraw { asset, shares } => m.backstop_withdraw(*asset, *shares),
        Call::BuyStock(order) => m.buy_stock(*order),
        Call::Cure(account) => m.cure(*account),
        Call::ClaimReward(asset) => m.claim_reward(*asset),
        Call::Poke(assets) => m.poke(assets),
        Call::Raise { asset, level, lasts_ms } => m.raise_breaker(*asset, *level, *lasts_ms),
        Call::ResetBreaker(asset) => m.reset_breaker(*asset),
        Call::Configure(asset, config) => m.configure_reserve(*asset, config),
        Call::LiquidateMany(accounts) => m.liquidate_many(accounts),
        Call::TakeMany(orders) => m.take_many(orders),
        Call::Collect { asset, income, amount } => m.collect(*asset, *income, *amount, OWNER),
        Call::List(config) => m.list_reserve(config),
        Call::Delist(asset) => m.delist_reserve(*asset),
        Call::SetGuardian { guardian, until_ms } => m.set_guardian(*guardian, *until_ms),
        Call::OfferOwnership(to) => m.transfer_ownership(*to),
        Call::AcceptOwnership => m.accept_ownership(),
    }
    .with_gas(GAS)
}

fn single(m: Market, on_behalf_of: Option<AccountId>, action: Action) -> ContractCall {
    match action {
        Action::Supply { asset, assets } => m.supply(asset, assets, on_behalf_of),
        Action::Withdraw { asset, assets } => m.withdraw(asset, assets),
        Action::DepositCollateral { asset, amount, .. } => {
            m.deposit_collateral(asset, amount, on_behalf_of)
        }
        Action::WithdrawCollateral { asset, amount } => m.withdraw_collateral(asset, amount),
        Action::Borrow { asset, assets } => m.borrow(asset, assets),
        Action::Repay { asset, assets } => m.repay(asset, assets, on_behalf_of),
    }
}
