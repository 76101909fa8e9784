//! `breakwater app`: the page, from this machine.

mod keeper;
mod page;
mod policy;

pub use page::Page;

use crate::{
    context::Connection,
    output::{note, say},
};
use anyhow::Result;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  breakwater app
  breakwater app --port 8090 --node ws://127.0.0.1:9955
  breakwater app --keeper http://127.0.0.1:9616      # and what that keeper knows of the past")]
pub struct Args {
    #[command(flatten)]
    pub page: Serving,
    #[command(flatten)]
    pub connection: Connection,
}

/// Where the page is, and what it may ask besides the node.
#[derive(clap::Args, Clone)]
pub struct Serving {
    /// Port of the page, on this machine only; 0 for a free one
    #[arg(long, value_name = "PORT", default_value_t = 8_080)]
    pub port: u16,
    /// A keeper (its `http.listen`) that tells the page of the past: older events, and how the market stood
    #[arg(long, value_name = "URL")]
    pub keeper: Option<String>,
}

/// Serves until Ctrl-C.
pub fn run(args: &Args) -> Result<()> {
    let page = Page::start(&args.page, &args.connection.node, &args.connection.deployment)?;
    say(&format!("the page is at {}", page.url()))?;
    note(&format!("it talks to {}", args.connection.node));
    page.until_stopped()
}
