//! Who tells of a block first, of endpoints that tell by themselves: they answer where the head is at once, however
//! late they are, so what an answer takes says nothing of them.

use breakwater_chain::Hash;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Blocks that are remembered.
const REMEMBERED: usize = 32;

/// When blocks were first told of, and by whom since.
#[derive(Debug, Default)]
pub struct Race {
    blocks: VecDeque<Told>,
}

#[derive(Debug)]
struct Told {
    block: Hash,
    /// Endpoints that have told of it, and when.
    by: Vec<(usize, Instant)>,
    /// Another block came after it: who tells of it now is late for certain.
    is_past: bool,
}

impl Told {
    fn lateness(&self, at: Instant) -> Duration {
        let first = self.by.iter().map(|(_, at)| *at).min();
        first.map_or(Duration::ZERO, |first| at.saturating_duration_since(first))
    }
}

impl Race {
    /// An endpoint told of a block, at a time. Who was how much later than the first, of what is known now: of
    /// each block once for each endpoint, when the next block comes.
    pub fn told(&mut self, index: usize, block: Hash, at: Instant) -> Vec<(usize, Duration)> {
        if let Some(told) = self.blocks.iter_mut().find(|told| told.block == block) {
            if told.by.iter().any(|(other, _)| *other == index) {
                return Vec::new();
            }
            told.by.push((index, at));
            return if told.is_past { vec![(index, told.lateness(at))] } else { Vec::new() };
        }
        let mut late = Vec::new();
        for told in self.blocks.iter_mut().filter(|told| !told.is_past) {
            told.is_past = true;
            late.extend(told.by.iter().map(|(index, at)| (*index, told.lateness(*at))));
        }
        self.blocks.push_back(Told { block, by: vec![(index, at)], is_past: false });
        if self.blocks.len() > REMEMBERED {
            self.blocks.pop_front();
        }
        late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_tells_later_is_late_once_for_each_block() {
        let (mut race, now) = (Race::default(), Instant::now());
        let ms = Duration::from_millis;
        let told = |race: &mut Race, index, number: u8, after| {
            race.told(index, [number; 32], now + ms(after))
        };
        // Whoever is asked first has not told first.
        assert_eq!(told(&mut race, 0, 1, 300), []);
        assert_eq!(told(&mut race, 1, 1, 0), []);
        assert_eq!(told(&mut race, 1, 1, 900), [], "it has told of it already");
        assert_eq!(told(&mut race, 1, 2, 6_000), [(0, ms(300)), (1, ms(0))]);
        // Of the first block only now.
        assert_eq!(told(&mut race, 2, 1, 6_500), [(2, ms(6_500))]);
        assert_eq!(told(&mut race, 2, 1, 7_000), []);
        for number in 3..3 + REMEMBERED as u8 {
            assert_eq!(told(&mut race, 0, number, 9_000).len(), 1);
        }
        assert_eq!(race.blocks.len(), REMEMBERED);
    }
}
