//! Whether the contract that takes without capital is ours: it works for who deployed it alone, and a keeper
//! with somebody else's would have every purchase refused and buy nothing.

use super::KeeperError;
use crate::{config::Config, endpoints::Endpoints};
use breakwater_chain::{address::to_ss58, AccountId, DispatchError};
use breakwater_client::{
    taker::{Standing, Taker},
    ClientError,
};

/// Refuses a taker that does not work for this account on this market.
///
/// # Errors
/// [`KeeperError::Taker`]; those of the connection.
pub(super) fn check(
    endpoints: &mut Endpoints,
    config: &Config,
    us: AccountId,
) -> Result<(), KeeperError> {
    let Some(address) = config.market.taker else { return Ok(()) };
    let Some(claim) = endpoints.claims().first().copied() else { return Ok(()) };
    let (market, at) = (config.market.market, claim.best.hash);
    let question = Taker { address }.question(us);
    // The market asks: it answers nobody else.
    let run = endpoints.with(claim.index, |link| link.call_at(at, market, &question))?;
    let (taker, us) = (to_ss58(&address), to_ss58(&us));
    let wrong = match Taker::standing(run) {
        Ok(Standing::Serves) => return Ok(()),
        Ok(Standing::ServesAnother) => format!(
            "{taker} works for the account that deployed it, on the market that it was deployed for: \
             it was not {us}, or not this market"
        ),
        Err(ClientError::Trapped { why: DispatchError::ContractNotFound, .. }) => {
            format!("there is no contract at {taker}")
        }
        Ok(Standing::NoTaker) | Err(_) => format!("the contract at {taker} is no taker"),
    };
    Err(KeeperError::Taker(wrong))
}
