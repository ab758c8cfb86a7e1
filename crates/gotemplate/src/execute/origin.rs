//! From bytes of output back to the nodes that wrote them.
//!
//! The outermost place is certain: it was recorded as it happened. What an `include` wrote passes
//! through functions before it is output, so places within are named only where the text is found
//! there again, and found without doubt.

use super::recorder::{Piece, Point, Read, Writing};
use std::ops::Range;

/// Where a part of the output comes from.
#[derive(Clone, Default)]
pub struct Origin {
    /// From the outermost template to the innermost that is known.
    pub spots: Vec<Spot>,
    /// The values that were looked at for it, in order.
    pub reads: Vec<Read>,
}

/// A place in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The file; for the text given to `tpl`, the name it was parsed under.
    pub file: String,
    /// The 1-based line.
    pub line: u32,
    /// The 0-based byte column.
    pub column: u32,
    /// The template, which for a `define` is not the file.
    pub template: String,
}

impl Writing {
    /// What was written.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where a part of the text, which should be one line or less, comes from. White space at its
    /// ends does not count, and without anything else there is no origin.
    pub fn origin(&self, range: Range<usize>) -> Origin {
        let range = self.trimmed(range);
        let mut origin = Origin::default();
        if range.is_empty() {
            return origin;
        }
        let Some((_, first)) = self.pieces_in(&range).next() else { return origin };
        let callers = std::iter::successors(first.1.call.as_ref(), |call| call.around.as_ref());
        origin.spots.extend(callers.map(|call| call.point.spot(0)));
        origin.spots.reverse();
        let into = if first.1.is_text { range.start.saturating_sub(first.0) } else { 0 };
        origin.spots.push(first.1.point.spot(into));
        self.add_inner(&range, &mut origin);
        origin
    }

    /// Adds what the actions within the range looked at and ran. Inner places are added for one
    /// action only: for more there is no single chain.
    fn add_inner(&self, range: &Range<usize>, origin: &mut Origin) {
        let mut inner: Vec<Vec<Spot>> = Vec::new();
        for (index, (start, piece)) in self.pieces_in(range) {
            if piece.is_text {
                continue;
            }
            let part = start.max(range.start)..piece.end.min(range.end);
            if let Some(found) = self.find_inside(index, piece, part) {
                inner.push(found.spots);
                origin.reads.extend(found.reads);
            }
            origin.reads.extend(piece.reads.iter().cloned());
        }
        if let [only] = inner.as_mut_slice() {
            origin.spots.append(only);
        }
    }

    /// The pieces that wrote into a range, each with its number and where it starts.
    fn pieces_in(&self, range: &Range<usize>) -> impl Iterator<Item = (usize, (usize, &Piece))> {
        let first = self.pieces.partition_point(|piece| piece.end <= range.start);
        let end = range.end;
        let pieces = self.pieces.iter().enumerate().skip(first);
        let placed = pieces.map(|(index, piece)| (index, (self.start_of(index), piece)));
        placed.take_while(move |(_, (start, _))| *start < end)
    }

    fn start_of(&self, index: usize) -> usize {
        let before = index.checked_sub(1).and_then(|before| self.pieces.get(before));
        before.map_or(0, |piece| piece.end)
    }

    /// Where a part of what an action wrote comes from within what it ran.
    fn find_inside(&self, index: usize, piece: &Piece, part: Range<usize>) -> Option<Origin> {
        let wanted = self.text.get(self.trimmed(part.clone()))?;
        let whole = self.start_of(index)..piece.end;
        let before = self.text.get(whole.start..part.start)?;
        let number = lines(before).filter(|line| slice(before, line) == wanted).count();
        let after = self.text.get(part.start..whole.end)?;
        let total = number + lines(after).filter(|line| slice(after, line) == wanted).count();
        find_line(&piece.inner, wanted, number, total)
            .or_else(|| find_within_line(&piece.inner, wanted))
    }

    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let start = range.start + (text.len() - text.trim_ascii_start().len());
        start..start + text.trim_ascii().len()
    }
}

/// The line that reads `wanted` in what was run: the one of the same number among equal ones, if
/// there are equally many.
fn find_line(inner: &[Writing], wanted: &[u8], number: usize, total: usize) -> Option<Origin> {
    if wanted.is_empty() {
        return None;
    }
    let found: Vec<(&Writing, Range<usize>)> = inner
        .iter()
        .flat_map(|writing| lines(&writing.text).map(move |line| (writing, line)))
        .filter(|(writing, line)| slice(&writing.text, line) == wanted)
        .collect();
    let (writing, line) = found.get(number)?;
    (found.len() == total).then(|| writing.origin(line.clone()))
}

/// The only line of the only template that was run, if it is a part of what is wanted: it went
/// through functions such as `quote`.
fn find_within_line(inner: &[Writing], wanted: &[u8]) -> Option<Origin> {
    let [only] = inner else { return None };
    let text = only.text.trim_ascii();
    let is_part = text.len() > 2 && memchr::memmem::find(wanted, text).is_some();
    (is_part && !text.contains(&b'\n')).then(|| only.origin(0..only.text.len()))
}

/// The lines of a text without white space at their ends.
fn lines(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split(|byte| *byte == b'\n').map(move |line| {
        let indent = line.len() - line.trim_ascii_start().len();
        let range = start + indent..start + indent + line.trim_ascii().len();
        start += line.len() + 1;
        range
    })
}

fn slice<'t>(text: &'t [u8], range: &Range<usize>) -> &'t [u8] {
    text.get(range.clone()).unwrap_or_default()
}

impl Point {
    /// The place `into` bytes further on.
    fn spot(&self, into: usize) -> Spot {
        let into = u32::try_from(into).unwrap_or(u32::MAX);
        let position = crate::parse::node::Position(self.position.0.saturating_add(into));
        let (line, column) = self.source.line_and_column(position);
        Spot {
            file: self.source.name.clone(),
            line,
            column,
            template: self.template.to_str_lossy().into_owned(),
        }
    }
}
