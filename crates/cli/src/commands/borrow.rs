//! What lenders and borrowers do.

use crate::{
    amount::Amount,
    context::{account, short, Context, Sending},
    deployment::Asset,
    explain,
    send::{Mode, Payment, Wanted},
};
use anyhow::{ensure, Result};
use breakwater_chain::AccountId;
use breakwater_client::MarketEvent;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  breakwater supply USD 1000 --from //Alice
  breakwater supply USD 1000 --for 5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty --from //Alice")]
pub struct Supply {
    /// The asset's symbol
    asset: String,
    /// How many tokens
    amount: Amount,
    /// The beneficiary; by default the sender
    #[arg(long = "for", value_name = "ACCOUNT")]
    for_whom: Option<String>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
#[command(after_help = "Examples:
  breakwater withdraw USD 250.5 --from //Alice
  breakwater withdraw USD all --from //Alice")]
pub struct Withdraw {
    /// The asset's symbol
    asset: String,
    /// How many tokens, or `all`
    amount: Amount,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Subcommand)]
pub enum Collateral {
    /// Add collateral
    #[command(after_help = "Example: breakwater collateral deposit ETH 10 --from //Bob")]
    Deposit(Supply),
    /// Withdraw collateral
    #[command(after_help = "Example: breakwater collateral withdraw ETH all --from //Bob")]
    Withdraw(Withdraw),
}

#[derive(clap::Args)]
#[command(after_help = "Example: breakwater borrow USD 15000 --from //Bob")]
pub struct Borrow {
    /// The asset's symbol
    asset: String,
    /// How many tokens
    amount: Amount,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
#[command(after_help = "Examples:
  breakwater repay USD 5000 --from //Bob
  breakwater repay USD all --from //Bob
  breakwater repay USD all --for //Bob --from //Alice")]
pub struct Repay {
    /// The asset's symbol
    asset: String,
    /// Most to repay, in tokens, or `all`
    amount: Amount,
    /// Whose debt; by default the sender's
    #[arg(long = "for", value_name = "ACCOUNT")]
    for_whom: Option<String>,
    #[command(flatten)]
    sending: Sending,
}

impl Supply {
    pub fn run(&self) -> Result<()> {
        self.pay_in(false)
    }

    /// Lends, or deposits as collateral.
    fn pay_in(&self, as_collateral: bool) -> Result<()> {
        let (mut context, sender) = self.sending.open()?;
        let asset = context.deployment.asset(&self.asset)?.clone();
        let market = context.deployment.market()?;
        ensure!(self.amount != Amount::All, "say how many {}", asset.symbol);
        let units = self.amount.units(asset.decimals)?;
        let for_whom = beneficiary(self.for_whom.as_deref())?;
        let (call, verb) = if as_collateral {
            (market.deposit_collateral(asset.id()?, units, for_whom), "deposited")
        } else {
            (market.supply(asset.id()?, units, for_whom), "supplied")
        };
        let done = format!("{verb} {}{}", asset.say(units), for_text(&for_whom));
        let wanted = Wanted::new(call, done).paying(&asset, market.address, units);
        sender.send(&mut context, wanted).map(drop)
    }
}

impl Withdraw {
    pub fn run(&self) -> Result<()> {
        self.pay_out(false)
    }

    fn pay_out(&self, collateral: bool) -> Result<()> {
        let (mut context, sender) = self.sending.open()?;
        let asset = context.deployment.asset(&self.asset)?.clone();
        let market = context.deployment.market()?;
        let units = self.amount.units(asset.decimals)?;
        let (call, what) = if collateral {
            (market.withdraw_collateral(asset.id()?, units), " of collateral")
        } else {
            (market.withdraw(asset.id()?, units), "")
        };
        let done = format!("withdrawn {}{what}", asset.say(units));
        let wanted = Wanted::new(call, done).told(move |event| match event {
            MarketEvent::Withdrawn(e) => Some(format!("withdrawn {}", asset.say(e.assets))),
            MarketEvent::CollateralWithdrawn(e) => {
                Some(format!("withdrawn {} of collateral", asset.say(e.amount)))
            }
            _ => None,
        });
        sender.send(&mut context, wanted).map(drop)
    }
}

impl Collateral {
    pub fn run(&self) -> Result<()> {
        match self {
            Self::Deposit(args) => args.pay_in(true),
            Self::Withdraw(args) => args.pay_out(true),
        }
    }
}

impl Borrow {
    pub fn run(&self) -> Result<()> {
        let (mut context, sender) = self.sending.open()?;
        let asset = context.deployment.asset(&self.asset)?.clone();
        ensure!(self.amount != Amount::All, "say how many {}", asset.symbol);
        let units = self.amount.units(asset.decimals)?;
        let call = context.deployment.market()?.borrow(asset.id()?, units);
        let done = format!("borrowed {}", asset.say(units));
        sender.send(&mut context, Wanted::new(call, done)).map(drop)
    }
}

impl Repay {
    pub fn run(&self) -> Result<()> {
        let (mut context, sender) = self.sending.open()?;
        let asset = context.deployment.asset(&self.asset)?.clone();
        let market = context.deployment.market()?;
        let units = self.amount.units(asset.decimals)?;
        let for_whom = beneficiary(self.for_whom.as_deref())?;
        let call = market.repay(asset.id()?, units, for_whom);
        let done = format!("repaid {}{}", asset.say(units), for_text(&for_whom));
        let (held, to) = (asset.clone(), for_text(&for_whom));
        let mut wanted = Wanted::new(call, done).told(move |event| match event {
            MarketEvent::Repaid(e) => Some(format!("repaid {}{to}", held.say(e.assets))),
            _ => None,
        });
        if sender.mode != Mode::Calldata {
            let payer = sender.signer()?.account();
            let debtor = for_whom.unwrap_or(payer);
            let owed = owed(&mut context, debtor, &asset)?;
            // What it comes to where no event tells, as before the approval.
            let most = format!("{}{}", asset.say(units.min(owed)), for_text(&for_whom));
            wanted.done = format!("repaid {most}");
            let has = asset.token().balance_of(context.chain.as_mut(), payer)?;
            // The market takes no more than is owed, to which interest is added until the block.
            let (needed, approved) =
                if units < owed { (units, units) } else { (owed, has.min(units)) };
            let spender = market.address;
            wanted.payment = Some(Payment { asset, spender, needed, approved });
        }
        sender.send(&mut context, wanted).map(drop)
    }
}

/// Units of an asset that an account owes.
fn owed(context: &mut Context, account: AccountId, asset: &Asset) -> Result<u128> {
    let (lens, id) = (context.deployment.lens()?, asset.id()?);
    let view = lens.account(context.chain.as_mut(), account).map_err(explain::client)?;
    let held = view.positions.iter().find(|held| held.asset == id);
    Ok(held.map_or(0, |held| held.owed))
}

fn beneficiary(text: Option<&str>) -> Result<Option<AccountId>> {
    text.map(account).transpose()
}

fn for_text(account: &Option<AccountId>) -> String {
    account.map_or(String::new(), |account| format!(" for {}", short(&account)))
}
