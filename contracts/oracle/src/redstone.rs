//! Who has signed RedStone's packages.

use breakwater_protocol::{
    oracle::redstone::{packages, Package, Signer},
    Error,
};
use ink::{env::hash::Keccak256, prelude::vec::Vec};

/// A payload's packages with their signers. One that nobody's key can have signed is left out.
///
/// # Errors
/// `PackageMalformed`; `BadSignature` if none is left.
pub fn signed(payload: &[u8]) -> Result<Vec<(Signer, Package<'_>)>, Error> {
    let mut found = Vec::new();
    for package in packages(payload)? {
        let package = package?;
        if let Some(signer) = signer(&package) {
            found.push((signer, package));
        }
    }
    if found.is_empty() {
        return Err(Error::BadSignature);
    }
    Ok(found)
}

fn signer(package: &Package) -> Option<Signer> {
    let (mut hash, mut key, mut address) = ([0; 32], [0; 33], [0; 20]);
    ink::env::hash_bytes::<Keccak256>(package.signed, &mut hash);
    ink::env::ecdsa_recover(&package.signature, &hash, &mut key).ok()?;
    ink::env::ecdsa_to_eth_address(&key, &mut address).ok()?;
    Some(address)
}
