//! Signed extrinsics, for the runtime at hand.

use scale::Encode;
use sp_core::Pair;
use sp_runtime::MultiSignature;
use subxt::{
    ext::subxt_core::config::{DefaultExtrinsicParamsBuilder, ExtrinsicParamsEncoder},
    utils::H256,
    SubstrateConfig,
};

use super::codec::Codec;
use crate::{
    error::ChainError,
    extrinsic::{Action, Birth},
    types::Signer,
};

/// Version 4, signed.
const SIGNED_V4: u8 = 0x84;
/// From this length on what is signed is the hash of the payload.
const LONGEST_PAYLOAD: usize = 256;

impl Codec {
    /// Signs an action; the extrinsic's SCALE bytes. It can get into the blocks after `birth`, for
    /// ever without one.
    ///
    /// # Errors
    /// [`ChainError::Unsuitable`] if the runtime has no such call.
    pub(super) fn sign(
        &self,
        signer: &Signer,
        nonce: u32,
        action: &Action,
        tip: u128,
        birth: Option<Birth>,
    ) -> Result<Vec<u8>, ChainError> {
        let call = self.action(action)?;
        let params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new();
        let params = params.nonce(nonce.into()).tip(tip);
        let params = match birth {
            None => params.immortal(),
            Some(Birth { block, period }) => {
                params.mortal_from_unchecked(period, block.number, H256(block.hash))
            }
        };
        let extensions = self.extensions(params.build())?;

        let mut payload = call.clone();
        extensions.encode_signer_payload_value_to(&mut payload);
        extensions.encode_implicit_to(&mut payload);
        let signature = if payload.len() > LONGEST_PAYLOAD {
            signer.pair().sign(&sp_core::hashing::blake2_256(&payload))
        } else {
            signer.pair().sign(&payload)
        };

        let mut body = vec![SIGNED_V4];
        body.extend(self.address(signer.account())?);
        MultiSignature::Sr25519(signature).encode_to(&mut body);
        extensions.encode_value_to(&mut body);
        body.extend(call);
        // A vector of bytes has its length in front, and so has an extrinsic.
        Ok(body.encode())
    }
}
