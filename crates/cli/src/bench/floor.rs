//! What messages would cost if no code were loaded, compiled and executed: items, events and calls alone, which are
//! what the rules and PSP22 ask for.

use super::{bars, page::table, Bench};

/// The mark between which the table stands.
pub(super) const PART: &str = "breakwater bench floor";

/// A message's cost, what of it is not code, and its bar, in transfers.
struct Floor<'a> {
    message: &'a str,
    transfers: f64,
    floor: f64,
    bar: Option<f64>,
}

/// All messages that were taken apart.
fn floors(bench: &Bench) -> Vec<Floor<'_>> {
    let Some(transfer) = bench.messages.first() else { return Vec::new() };
    let taken_apart = bench.messages.iter().filter_map(|cost| Some((cost, cost.parts.as_ref()?)));
    taken_apart
        .map(|(cost, parts)| Floor {
            message: &cost.message,
            transfers: cost.transfers,
            floor: parts.floor_ps() as f64 / transfer.ref_time_ps as f64,
            bar: bars::of_message(&cost.message),
        })
        .collect()
}

/// The table, as Markdown: what code takes, and what the bar leaves it, beside the floor.
pub fn written(bench: &Bench) -> String {
    let mut rows =
        table(&["message", "x transfer", "floor", "of code", "bar", "what the bar leaves code"]);
    for Floor { message, transfers, floor, bar } in floors(bench) {
        let left = bar.map(|bar| format!("{:.2}", bar - floor));
        rows.add_row([
            message.to_owned(),
            format!("{transfers:.2}"),
            format!("{floor:.2}"),
            format!("{:.2}", transfers - floor),
            bar.map(|bar| format!("{bar:.2}")).unwrap_or_default(),
            left.unwrap_or_default(),
        ]);
    }
    rows.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{parts::Parts, Cost};

    fn cost(message: &str, ref_time_ps: u64, parts: Option<Parts>) -> Cost {
        Cost {
            message: message.into(),
            ref_time_ps,
            proof_bytes: 0,
            recorded_proof_bytes: 0,
            deposit_planck: 0,
            frames: 1,
            transfers: ref_time_ps as f64 / 1e9,
            parts,
        }
    }

    #[test]
    fn the_floor_has_items_events_and_calls_and_no_code() {
        let parts = |loaded_bytes, reads| Parts {
            loaded_bytes,
            reads,
            writes: 2,
            events: 1,
            topics: 2,
            calls: 1,
            delegate_calls: 1,
            ref_time_ps: 2_000_000_000,
        };
        let messages = vec![
            cost("PSP22 transfer", 1_000_000_000, Some(Parts::default())),
            cost("borrow, again", 2_000_000_000, Some(parts(100_000, 3))),
            cost("withdraw", 2_000_000_000, None),
        ];
        let bench = Bench { profile: String::new(), contracts: vec![], messages, peer: None };
        let of = floors(&bench);
        let names: Vec<&str> = of.iter().map(|floor| floor.message).collect();
        assert_eq!(names, ["PSP22 transfer", "borrow, again"], "what was not taken apart has none");
        // 3 x 63.378 + 2 x 168.057 + 4 + 2 x 127.011 + 295.016 + 165.083 us.
        assert!((of[1].floor - 1.244_369).abs() < 1e-9, "{}", of[1].floor);
        assert_eq!((of[0].floor, of[0].bar), (0.0, None));
        // Code makes no difference, an item does.
        let with = |parts| {
            let messages = vec![
                cost("PSP22 transfer", 1_000_000_000, None),
                cost("borrow, again", 2_000_000_000, Some(parts)),
            ];
            let of = Bench { profile: String::new(), contracts: vec![], messages, peer: None };
            floors(&of)[0].floor
        };
        assert_eq!(with(parts(0, 3)), of[1].floor);
        assert!(with(parts(0, 4)) > of[1].floor);
        let table = written(&bench);
        let row = table.lines().find(|row| row.contains("borrow, again")).unwrap();
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells, ["borrow, again", "2.00", "1.24", "0.76", "2.90", "1.66"]);
    }
}
