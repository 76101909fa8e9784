//! What we want messages to cost, and whether they do.

use super::{page::kib, Cost};

/// What is compared with its bar, in transfers.
enum What {
    Message(&'static str),
    /// One of so many that a batch does.
    Each(&'static str, u32),
    /// What the first costs beyond the second.
    Beyond(&'static str, &'static str),
    /// What one of so many things that the first has beyond the second costs, as a part of the second.
    PartOf(&'static str, &'static str, u32),
}

/// A bar.
pub struct Bar {
    what: What,
    most: f64,
    /// KiB of proof.
    most_kib: Option<f64>,
}

/// How a bar is kept.
pub struct Kept {
    pub name: String,
    pub transfers: f64,
    pub most: f64,
    pub proof_kib: Option<f64>,
    pub most_kib: Option<f64>,
}

impl Kept {
    pub fn is_kept(&self) -> bool {
        let proof = self.proof_kib.zip(self.most_kib);
        // As the page shows it.
        self.transfers <= self.most + 0.0005 && proof.is_none_or(|(now, most)| now <= most)
    }
}

const fn message(name: &'static str, most: f64, most_kib: Option<f64>) -> Bar {
    Bar { what: What::Message(name), most, most_kib }
}

const fn each(name: &'static str, count: u32, most: f64) -> Bar {
    Bar { what: What::Each(name, count), most, most_kib: None }
}

const fn beyond(name: &'static str, of: &'static str, most: f64) -> Bar {
    Bar { what: What::Beyond(name, of), most, most_kib: None }
}

/// All of them.
pub const BARS: [Bar; 17] = [
    message("supply, again", 2.75, Some(245.0)),
    message("repay, part", 2.75, Some(245.0)),
    message("withdraw", 2.3, None),
    message("borrow, again", 2.9, Some(290.0)),
    message("liquidate (start)", 2.0, None),
    each("liquidate_many, 50 starts", 50, 0.5),
    message("take, part", 4.9, Some(470.0)),
    message("take, closes the auction", 5.0, Some(470.0)),
    each("take_many, 10 takes", 10, 1.05),
    message("buy_stock", 4.5, None),
    message("backstop_fill", 3.5, None),
    beyond("borrow, prices asked", "borrow, prices pushed", 0.6),
    beyond("borrow, 8 prices asked", "borrow, 8 prices pushed", 0.6),
    beyond("liquidate (start), prices asked", "liquidate (start), prices pushed", 0.6),
    beyond("take, prices asked", "take, prices pushed", 0.6),
    Bar {
        what: What::PartOf("borrow, 8 positions", "borrow, 2 positions, 32 listed", 6),
        most: 0.05,
        most_kib: None,
    },
    beyond("borrow, 2 positions, 32 listed", "borrow, 2 positions, 2 listed", 0.005),
];

/// The most that a message is to cost, in transfers, where it has a bar.
pub fn of_message(name: &str) -> Option<f64> {
    let bar = BARS.iter().find(|bar| matches!(bar.what, What::Message(of) if of == name))?;
    Some(bar.most)
}

impl Bar {
    /// How it is kept; nothing where what it is about was not measured.
    pub fn against(&self, costs: &[Cost]) -> Option<Kept> {
        let find = |name| costs.iter().find(|cost| cost.message == name);
        let (name, transfers, proof_bytes) = match self.what {
            What::Message(name) => {
                let cost = find(name)?;
                (name.to_owned(), cost.transfers, Some(cost.proof_bytes))
            }
            What::Each(name, count) => {
                (format!("{name}, each"), find(name)?.transfers / f64::from(count), None)
            }
            What::Beyond(name, of) => {
                let beyond = find(name)?.transfers - find(of)?.transfers;
                (format!("{name}, beyond: {of}"), beyond, None)
            }
            What::PartOf(name, of, count) => {
                let (more, less) = (find(name)?.transfers, find(of)?.transfers);
                let part = (more - less) / f64::from(count) / less;
                (format!("one of {count} more: {name}, a part of: {of}"), part, None)
            }
        };
        let proof_kib = proof_bytes.map(kib);
        Some(Kept { name, transfers, most: self.most, proof_kib, most_kib: self.most_kib })
    }
}

/// Bytes of proof that contract calls may declare together in a parachain's block: three quarters of 5 MiB.
const BLOCK_PROOF: u64 = 3_840 * 1024;
/// What is counted in such a block: a message and how many it does.
const FILLERS: [(&str, &str, u64); 5] = [
    ("supply, again", "supplies", 1),
    ("liquidate (start)", "starts", 1),
    ("liquidate_many, 50 starts", "starts in batches of 50", 50),
    ("take, closes the auction", "closing takes", 1),
    ("take_many, 40 takes", "closing takes in batches of 40", 40),
];

/// How many of what a block's proof holds, `proof_bytes` being what one message needs of it.
pub fn in_a_block(costs: &[Cost], proof_bytes: impl Fn(&Cost) -> u64) -> String {
    let counts = FILLERS.iter().filter_map(|(name, what, each)| {
        let cost = costs.iter().find(|cost| cost.message == *name)?;
        let count = BLOCK_PROOF.saturating_mul(*each).checked_div(proof_bytes(cost))?;
        Some(format!("{count} {what}"))
    });
    counts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(message: &str, transfers: f64, proof_kib: u64) -> Cost {
        Cost {
            message: message.into(),
            ref_time_ps: 0,
            proof_bytes: proof_kib * 1024,
            recorded_proof_bytes: proof_kib * 64,
            deposit_planck: 0,
            frames: 1,
            transfers,
            parts: None,
        }
    }

    #[test]
    fn a_bar_is_missed_by_time_or_by_proof() {
        let bar = message("take, part", 4.9, Some(470.0));
        let is_kept = |transfers, proof| {
            bar.against(&[cost("take, part", transfers, proof)]).unwrap().is_kept()
        };
        assert!(is_kept(4.9, 470));
        assert!(!is_kept(4.91, 470));
        assert!(!is_kept(4.9, 471));
        assert!(bar.against(&[cost("cure", 1.0, 1)]).is_none());
    }

    #[test]
    fn a_block_holds_what_its_proof_has_room_for() {
        let costs = [cost("supply, again", 1.0, 280), cost("take_many, 40 takes", 1.0, 1_920)];
        let declared = in_a_block(&costs, |cost| cost.proof_bytes);
        assert_eq!(declared, "13 supplies, 80 closing takes in batches of 40");
        let recorded = in_a_block(&costs, |cost| cost.recorded_proof_bytes);
        assert_eq!(recorded, "219 supplies, 1280 closing takes in batches of 40");
    }

    #[test]
    fn a_part_of_a_batch_what_is_beyond_and_what_one_more_costs() {
        let costs = [cost("many", 12.0, 9), cost("few", 10.0, 9)];
        let of = |what| Bar { what, most: 0.5, most_kib: None }.against(&costs).unwrap();
        assert_eq!(of(What::Each("many", 24)).transfers, 0.5);
        assert_eq!(of(What::Beyond("many", "few")).transfers, 2.0);
        assert_eq!(of(What::PartOf("many", "few", 4)).transfers, 0.05);
        assert!(!of(What::Beyond("many", "few")).is_kept());
    }
}
