//! One version of a chain's runtime as its metadata describes it: where things are stored, what its
//! constants are, how its calls are written.

use scale::{Decode, Encode};
use subxt::{
    config::DefaultExtrinsicParams,
    ext::{
        scale_decode::DecodeAsType,
        scale_encode::{EncodeAsFields, EncodeAsType, Field},
        subxt_core::{
            client::{ClientState, RuntimeVersion},
            config::{DefaultExtrinsicParamsBuilder, ExtrinsicParams},
            storage::{
                address::{DynamicAddress, StaticStorageKey},
                get_address_bytes,
            },
        },
    },
    utils::{AccountId32, H256},
    Metadata, SubstrateConfig,
};

use super::calls::CONTRACTS;
use crate::{
    error::ChainError,
    types::{AccountId, Hash},
};

/// Which runtime: what is signed with every extrinsic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Versions {
    pub spec: u32,
    pub transaction: u32,
}

/// How a runtime writes an amount of its coin. Where its own API is called, nothing in the metadata that
/// all nodes give says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Planck {
    /// 64 bits, as on chains whose coin has 9 decimals and fits.
    Short,
    /// 128 bits.
    Long,
}

impl Planck {
    /// SCALE bytes of an amount. One that does not fit is more than there is on that chain, and so is the
    /// highest that does.
    pub(super) fn encode(self, planck: u128) -> Vec<u8> {
        match self {
            Self::Short => u64::try_from(planck).unwrap_or(u64::MAX).encode(),
            Self::Long => planck.encode(),
        }
    }

    /// SCALE bytes of an amount that may not be given.
    pub(super) fn encode_option(self, planck: Option<u128>) -> Vec<u8> {
        planck.map_or(vec![0], |planck| [vec![1], self.encode(planck)].concat())
    }

    /// The amount at the head of `rest`.
    pub(super) fn decode(self, rest: &mut &[u8]) -> Result<u128, scale::Error> {
        match self {
            Self::Short => u64::decode(rest).map(u128::from),
            Self::Long => u128::decode(rest),
        }
    }
}

/// A runtime's metadata and versions.
pub(super) struct Codec {
    state: ClientState<SubstrateConfig>,
    planck: Planck,
}

/// The form of extrinsics that is written here, and the only signed one that chains with
/// pallet-contracts read.
const EXTRINSIC_VERSION: u8 = 4;

impl Codec {
    /// From the SCALE bytes of metadata.
    ///
    /// # Errors
    /// [`ChainError::Unsuitable`] if the runtime has no contracts, or takes no extrinsic of ours.
    pub(super) fn new(bytes: &[u8], genesis: Hash, versions: Versions) -> Result<Self, ChainError> {
        let metadata = Metadata::decode(&mut &*bytes)
            .map_err(|why| ChainError::Decode { what: "metadata", why: why.to_string() })?;
        let state = ClientState {
            genesis_hash: H256(genesis),
            runtime_version: RuntimeVersion {
                spec_version: versions.spec,
                transaction_version: versions.transaction,
            },
            metadata,
        };
        let mut codec = Self { state, planck: Planck::Long };
        codec.require()?;
        codec.planck = codec.width()?;
        Ok(codec)
    }

    /// By an amount that every runtime has among its constants.
    fn width(&self) -> Result<Planck, ChainError> {
        let pallet = self.metadata().pallet_by_name("Balances");
        let known = pallet.and_then(|pallet| pallet.constant_by_name("ExistentialDeposit"));
        match known.map(|constant| constant.value().len()) {
            Some(8) => Ok(Planck::Short),
            Some(16) => Ok(Planck::Long),
            Some(bytes) => {
                Err(ChainError::Unsuitable(format!("its amounts have {bytes} bytes, not 8 or 16")))
            }
            None => Err(ChainError::Unsuitable("it has no Balances.ExistentialDeposit".into())),
        }
    }

    /// How amounts are written.
    pub(super) fn planck(&self) -> Planck {
        self.planck
    }

    /// Refuses a runtime that nothing can be done on, before anything is signed for it.
    fn require(&self) -> Result<(), ChainError> {
        if self.metadata().pallet_by_name(CONTRACTS).is_none() {
            return Err(ChainError::Unsuitable("it has no Contracts pallet".into()));
        }
        if !self.metadata().extrinsic().supported_versions().contains(&EXTRINSIC_VERSION) {
            let why = format!("it takes no extrinsics of version {EXTRINSIC_VERSION}");
            return Err(ChainError::Unsuitable(why));
        }
        // An extension that is not known is found here, not at the first transaction.
        let none = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new().immortal().build();
        self.extensions(none).map(drop)
    }

    pub(super) fn metadata(&self) -> &Metadata {
        &self.state.metadata
    }

    pub(super) fn versions(&self) -> Versions {
        let version = &self.state.runtime_version;
        Versions { spec: version.spec_version, transaction: version.transaction_version }
    }

    /// What the runtime's transaction extensions put into an extrinsic and sign besides.
    pub(super) fn extensions(
        &self,
        params: <DefaultExtrinsicParams<SubstrateConfig> as ExtrinsicParams<SubstrateConfig>>::Params,
    ) -> Result<DefaultExtrinsicParams<SubstrateConfig>, ChainError> {
        DefaultExtrinsicParams::<SubstrateConfig>::new(&self.state, params)
            .map_err(|why| ChainError::Unsuitable(why.to_string()))
    }

    /// A call's bytes: the indices of pallet and call, and the arguments by their names.
    pub(super) fn call(
        &self,
        pallet: &str,
        name: &str,
        arguments: &impl EncodeAsFields,
    ) -> Result<Vec<u8>, ChainError> {
        let missing = || ChainError::Unsuitable(format!("it has no call {pallet}.{name}"));
        let held = self.metadata().pallet_by_name(pallet).ok_or_else(missing)?;
        let variant = held.call_variant_by_name(name).ok_or_else(missing)?;
        let mut bytes = vec![held.index(), variant.index];
        let mut fields =
            variant.fields.iter().map(|field| Field::new(field.ty.id, field.name.as_deref()));
        arguments
            .encode_as_fields_to(&mut fields, self.metadata().types(), &mut bytes)
            .map_err(|why| ChainError::Unsuitable(format!("its call {pallet}.{name}: {why}")))?;
        Ok(bytes)
    }

    /// An account as the runtime's extrinsics name it: as its contracts' calls do, whose `dest` goes
    /// through the same lookup.
    pub(super) fn address(&self, account: AccountId) -> Result<Vec<u8>, ChainError> {
        let missing = || ChainError::Unsuitable("its calls of contracts have no `dest`".into());
        let pallet = self.metadata().pallet_by_name(CONTRACTS).ok_or_else(missing)?;
        let call = pallet.call_variant_by_name("call").ok_or_else(missing)?;
        let is_dest = |name: &String| name == "dest";
        let field = call.fields.iter().find(|field| field.name.as_ref().is_some_and(is_dest));
        let ty = field.ok_or_else(missing)?.ty.id;
        super::calls::Account(account)
            .encode_as_type(ty, self.metadata().types())
            .map_err(|why| ChainError::Unsuitable(format!("its addresses: {why}")))
    }

    /// The storage key of an entry that is a map from accounts.
    pub(super) fn account_key(
        &self,
        pallet: &str,
        entry: &str,
        account: AccountId,
    ) -> Result<Vec<u8>, ChainError> {
        self.map_key(pallet, entry, AccountId32(account))
    }

    /// The storage key of an entry that is a map from hashes.
    pub(super) fn hash_key(
        &self,
        pallet: &str,
        entry: &str,
        hash: Hash,
    ) -> Result<Vec<u8>, ChainError> {
        self.map_key(pallet, entry, H256(hash))
    }

    fn map_key<K>(&self, pallet: &str, entry: &str, key: K) -> Result<Vec<u8>, ChainError>
    where
        K: EncodeAsType + DecodeAsType,
    {
        let address = DynamicAddress::new(pallet, entry, StaticStorageKey::new(key));
        get_address_bytes(&address, self.metadata())
            .map_err(|why| ChainError::Unsuitable(format!("its storage {pallet}.{entry}: {why}")))
    }

    /// Reads a value of storage by the names of its fields.
    pub(super) fn value<T: DecodeAsType>(
        &self,
        pallet: &'static str,
        entry: &'static str,
        bytes: &[u8],
    ) -> Result<T, ChainError> {
        let missing = || ChainError::Unsuitable(format!("it has no storage {pallet}.{entry}"));
        let held = self.metadata().pallet_by_name(pallet).and_then(|pallet| pallet.storage());
        let ty = held.and_then(|held| held.entry_by_name(entry)).ok_or_else(missing)?;
        T::decode_as_type(&mut &*bytes, ty.entry_type().value_ty(), self.metadata().types())
            .map_err(|why| ChainError::Decode { what: entry, why: why.to_string() })
    }

    /// A constant of a pallet's; `None` where the runtime has none of that name.
    pub(super) fn constant<T: DecodeAsType>(
        &self,
        pallet: &str,
        name: &'static str,
    ) -> Result<Option<T>, ChainError> {
        let held = self.metadata().pallet_by_name(pallet);
        let Some(constant) = held.and_then(|held| held.constant_by_name(name)) else {
            return Ok(None);
        };
        T::decode_as_type(&mut constant.value(), constant.ty(), self.metadata().types())
            .map(Some)
            .map_err(|why| ChainError::Decode { what: name, why: why.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_chains_width() {
        assert_eq!(Planck::Short.encode(500), 500u64.encode());
        assert_eq!(Planck::Long.encode(500), 500u128.encode());
        assert_eq!(Planck::Short.encode(u128::MAX), u64::MAX.encode());
        for planck in [Planck::Short, Planck::Long] {
            assert_eq!(planck.encode_option(None), [0]);
            let some = planck.encode_option(Some(7));
            assert_eq!((some[0], some.len()), (1, planck.encode(7).len() + 1));
            let bytes = [planck.encode(123_456_789), vec![9]].concat();
            let mut rest = bytes.as_slice();
            assert_eq!(planck.decode(&mut rest), Ok(123_456_789));
            assert_eq!(rest, [9]);
        }
    }
}
