//! Reports on their way: to the adapter, and to a file that keepers relay.

use breakwater_chain::{address, Chain, ChainError, Signer, Transaction};
use breakwater_client::{oracle::SignedReport, Oracle};
use serde::Serialize;
use std::{io, path::Path};

/// The file as keepers read it (`upkeep.relay_file`).
#[derive(Serialize)]
struct ReportFile {
    report: Vec<Written>,
}

#[derive(Serialize)]
struct Written {
    token: String,
    source: u8,
    value: String,
    time_ms: u64,
    nonce: u64,
    signature: String,
}

/// Replaces the file as a whole: who reads it sees the old or the new one.
pub(crate) fn write(path: &Path, reports: &[SignedReport]) -> io::Result<()> {
    let written = reports.iter().map(|report| Written {
        token: address::to_ss58(report.token.as_ref()),
        source: report.source,
        value: report.value.to_string(),
        time_ms: report.time_ms,
        nonce: report.nonce,
        signature: format!("0x{}", hex::encode(&report.signature)),
    });
    let file = ReportFile { report: written.collect() };
    let text = toml::to_string(&file).map_err(io::Error::other)?;
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    std::fs::write(&new, text)?;
    std::fs::rename(&new, path)
}

/// Relays reports in one transaction.
///
/// # Errors
/// Those of the chain; the adapter passes over reports that it does not take.
pub(crate) fn relay(
    chain: &mut dyn Chain,
    payer: &Signer,
    oracle: Oracle,
    reports: &[SignedReport],
) -> Result<(), ChainError> {
    let receipt = chain.submit(Transaction::new(payer, oracle.relay(reports)))?;
    receipt.result.map_err(ChainError::from)
}
