//! Places whose text is secret, so that those near a quoted line are found without looking at all others.

use std::ops::Range;

use crate::source::{FileId, Span};

/// Such places.
#[derive(Clone, Default, Debug)]
pub struct Hidden {
    /// Sorted by file and start.
    places: Vec<Span>,
    /// For each, the furthest end of those of its file up to it: places may lie in one another.
    reach: Vec<u32>,
}

impl From<Vec<Span>> for Hidden {
    fn from(mut places: Vec<Span>) -> Hidden {
        places.sort_unstable();
        let mut reach: Vec<u32> = Vec::with_capacity(places.len());
        for (at, place) in places.iter().enumerate() {
            let before = at.checked_sub(1).filter(|it| places[*it].file == place.file).map_or(0, |it| reach[it]);
            reach.push(before.max(place.end));
        }
        Hidden { places, reach }
    }
}

impl Hidden {
    /// Returns all places of a file.
    pub fn of(&self, file: FileId) -> &[Span] {
        &self.places[self.range(file)]
    }

    /// Returns the places of a file that touch a byte range, and maybe others between them.
    pub fn near(&self, file: FileId, range: &Range<usize>) -> &[Span] {
        let whole = self.range(file);
        let is_before = |reach: &u32| (*reach as usize) < range.start;
        let first = whole.start + self.reach[whole.clone()].partition_point(is_before);
        let n_begun = self.places[first..whole.end].partition_point(|it| it.start as usize <= range.end);
        &self.places[first..first + n_begun]
    }

    fn range(&self, file: FileId) -> Range<usize> {
        let start = self.places.partition_point(|it| it.file < file);
        start..start + self.places[start..].partition_point(|it| it.file == file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_from_every_line_that_it_covers_and_no_other_file() {
        let spans = [(1, 0, 100), (0, 5, 9), (1, 10, 12), (1, 120, 130)];
        let hidden = Hidden::from(spans.map(|(file, start, end)| Span::new(FileId(file), start, end)).to_vec());
        let near = |file, range| hidden.near(FileId(file), &range).iter().map(|it| it.start).collect::<Vec<_>>();
        assert_eq!(near(1, 50..60), [0, 10]);
        assert_eq!((near(1, 101..119), near(1, 110..125)), (vec![], vec![120]));
        assert_eq!((near(0, 0..200), near(2, 0..200)), (vec![5], vec![]));
        assert_eq!(hidden.of(FileId(1)).len(), 3);
    }
}
