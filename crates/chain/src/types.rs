//! Plain types shared by both back ends.

use crate::error::{ChainError, DispatchError};

/// Raw 32-byte account or contract address.
pub type AccountId = [u8; 32];
/// Raw 32-byte hash.
pub type Hash = [u8; 32];

/// Two-dimensional gas: picoseconds of reference time and bytes of proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Picoseconds of execution on reference hardware.
    pub ref_time: u64,
    /// Bytes of state proof.
    pub proof_size: u64,
}

/// How much gas a call may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GasLimit {
    /// Dry-run first and take the gas it requires, plus a quarter. In a dry run: a block's gas.
    ///
    /// The embedded chain dry-runs when the block is built, after everything before it in the same
    /// block and batch. A node can only dry-run on the newest block; a call that fails there gets
    /// all the gas a transaction can have, shared equally among its calls.
    #[default]
    Estimate,
    /// Exactly this.
    Fixed(Weight),
}

/// One message to one contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractCall {
    /// The contract.
    pub dest: AccountId,
    /// Native balance sent along, in planck.
    pub value: u128,
    /// Selector and SCALE-encoded arguments.
    pub data: Vec<u8>,
    /// Most gas the call may use.
    pub gas: GasLimit,
    /// Most the caller pays for new storage, in planck; `None` is the chain's default.
    pub storage_deposit_limit: Option<u128>,
}

impl ContractCall {
    /// A call without value, with estimated gas.
    pub fn new(dest: AccountId, data: Vec<u8>) -> Self {
        Self { dest, value: 0, data, gas: GasLimit::Estimate, storage_deposit_limit: None }
    }

    /// The same call with a fixed gas limit.
    pub fn with_gas(mut self, limit: Weight) -> Self {
        self.gas = GasLimit::Fixed(limit);
        self
    }
}

/// One extrinsic: a single call, or several in an all-or-nothing `utility.batch_all`.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// Pays the fee and is the caller of all calls.
    pub signer: Signer,
    /// One call, or the calls of a batch in order.
    pub calls: Vec<ContractCall>,
}

impl Transaction {
    /// One call.
    pub fn new(signer: &Signer, call: ContractCall) -> Self {
        Self { signer: signer.clone(), calls: vec![call] }
    }

    /// All of the calls or none, in one extrinsic.
    pub fn batch(signer: &Signer, calls: Vec<ContractCall>) -> Self {
        Self { signer: signer.clone(), calls }
    }
}

/// What a dry run returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DryRun {
    /// The message's output, or why the call trapped or never ran.
    pub result: Result<Output, DispatchError>,
    /// Gas used when the call ended.
    pub gas_consumed: Weight,
    /// The limit to submit with: at least `gas_consumed`.
    pub gas_required: Weight,
    /// Planck charged for new storage, negative when storage is refunded.
    pub storage_deposit: i128,
    /// Contract events the call would emit.
    pub events: Vec<ContractEvent>,
}

/// Raw output of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The message returned `Err`, or the selector is unknown: nothing was changed.
    pub reverted: bool,
    /// SCALE-encoded `Result<T, LangError>`.
    pub data: Vec<u8>,
}

/// An event a contract emitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractEvent {
    /// The contract that emitted it.
    pub contract: AccountId,
    /// Indexed topics; ink! puts the event's signature first.
    pub topics: Vec<Hash>,
    /// SCALE-encoded fields.
    pub data: Vec<u8>,
}

/// What became of a transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The block it is in.
    pub block_number: u64,
    /// Timestamp of that block.
    pub time_ms: u64,
    /// Why it failed, for instance [`DispatchError::ContractReverted`].
    pub result: Result<(), DispatchError>,
    /// Weight the block was charged for it (post-dispatch).
    pub weight: Weight,
    /// Fee paid in planck, without storage deposits.
    pub fee: u128,
    /// Planck held for new storage, negative when storage was refunded.
    pub storage_deposit: i128,
    /// Events its contracts emitted, in order; none if it failed.
    pub events: Vec<ContractEvent>,
}

/// A block that is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    pub number: u64,
    /// SCALE-encoded; none where the chain keeps their hashes only.
    pub extrinsics: Vec<Vec<u8>>,
    /// None where the node no longer keeps the state of so old a block.
    pub events: Option<Vec<ContractEvent>>,
}

/// An sr25519 key that signs for an account. `Debug` shows the address only.
#[derive(Clone)]
pub struct Signer {
    pair: sp_core::sr25519::Pair,
    is_public: bool,
}

/// Names below the development phrase under which nodes for development endow accounts.
const DEVELOPMENT: [&str; 8] = ["", "Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie", "One"];

impl Signer {
    /// From a secret URI such as `//Alice` or `//Borrower/17`. Takes milliseconds, so keep the
    /// signer rather than derive it again.
    ///
    /// # Errors
    /// [`ChainError::NoKey`] if there is no secret in it: to the key's format an empty text is the
    /// development phrase, whose account everybody can empty. A path below it must be asked for by
    /// name, as in `//Alice`. [`ChainError::Key`] if the URI is malformed, has several lines, or a blank in
    /// a name. Messages do not repeat the
    /// secret.
    pub fn from_uri(uri: &str) -> Result<Self, ChainError> {
        use sp_core::Pair;
        let (phrase, path) = uri.split_at(uri.find('/').unwrap_or(uri.len()));
        if phrase.trim().is_empty() {
            let is_named = path
                .strip_prefix("//")
                .is_some_and(|name| !name.is_empty() && !name.starts_with('/'));
            if !phrase.is_empty() || !is_named {
                return Err(ChainError::NoKey);
            }
        }
        // Blanks in a path are part of the name: `//Alice ` and two lines are other accounts than meant.
        let names = path.split("///").next().unwrap_or_default();
        if uri.chars().any(char::is_control) || names.contains(char::is_whitespace) {
            return Err(ChainError::Key);
        }
        // An odd number of digits would be read as another seed.
        if phrase.strip_prefix("0x").is_some_and(|hex| hex.len() != crate::address::HEX_DIGITS) {
            return Err(ChainError::Key);
        }
        let pair = sp_core::sr25519::Pair::from_string(uri, None).map_err(|_| ChainError::Key)?;
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let is_public = phrase.trim().is_empty()
            || words(phrase) == words(sp_core::crypto::DEV_PHRASE)
            || is_developments(&pair);
        Ok(Self { pair, is_public })
    }

    /// Whether everybody knows this key: it is made of the development phrase, or is one of the
    /// development accounts' in another form.
    pub fn is_public(&self) -> bool {
        self.is_public
    }

    /// The account it signs for: the public key.
    pub fn account(&self) -> AccountId {
        use sp_core::Pair;
        self.pair.public().0
    }

    /// Its key pair.
    pub fn pair(&self) -> &sp_core::sr25519::Pair {
        &self.pair
    }
}

/// Whether a key is one of the development accounts' or their `//stash`.
fn is_developments(pair: &sp_core::sr25519::Pair) -> bool {
    use sp_core::Pair;
    let forms = DEVELOPMENT.iter().flat_map(|name| match *name {
        "" => [sp_core::crypto::DEV_PHRASE.to_owned(), "//stash".to_owned()],
        name => [format!("//{name}"), format!("//{name}//stash")],
    });
    let mut keys = forms.filter_map(|uri| sp_core::sr25519::Pair::from_string(&uri, None).ok());
    keys.any(|key| key.public() == pair.public())
}

impl core::fmt::Debug for Signer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Signer(")?;
        for byte in &self.account()[..4] {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Before: each of these signed for the development account that everybody knows.
    #[test]
    fn an_empty_key_does_not_sign() {
        for uri in
            ["", " ", "\n", "\t ", "/", "//", "///", "/soft", "///password", "////x", " //Alice"]
        {
            let refused = Signer::from_uri(uri);
            assert!(matches!(refused, Err(ChainError::NoKey)), "{uri:?}");
        }
        for uri in ["0x", "0x12", &format!("0x{}", "1".repeat(63)), "one two three"] {
            assert!(matches!(Signer::from_uri(uri), Err(ChainError::Key)), "{uri:?}");
        }
        // Before: accounts of their own, which nobody meant.
        for uri in ["//Alice ", "//Alice\n", "//Alice\n//Bob", "//Al ice", "//Alice //stash"] {
            assert!(matches!(Signer::from_uri(uri), Err(ChainError::Key)), "{uri:?}");
        }
        let seed = format!("0x{}", "1".repeat(64));
        let phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
        for uri in
            ["//Alice", "//Borrower/17", "//Alice///pw", &seed, phrase, &format!("{phrase}//0")]
        {
            assert!(Signer::from_uri(uri).is_ok(), "{uri:?}");
        }
    }

    #[test]
    fn a_key_that_everybody_knows_is_told() {
        let alice = "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";
        let phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
        let spaced = format!("  {}//x", phrase.replace(' ', "  "));
        for uri in ["//Alice", "//Borrower/17", alice, phrase, spaced.trim_start()] {
            assert!(Signer::from_uri(uri).is_ok_and(|key| key.is_public()), "{uri:?}");
        }
        let own = format!("0x{}", "1".repeat(64));
        assert!(!Signer::from_uri(&own).unwrap().is_public());
        assert!(!Signer::from_uri(&format!("{own}//Alice")).unwrap().is_public());
    }
}
