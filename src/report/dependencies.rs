//! How the dependencies of a chart look.

use super::{DOUBTFUL, GOOD};
use crate::dependencies::Row;
use std::fmt::Write as _;

/// A table, with Helm's headings.
pub fn table(rows: &[Row]) -> String {
    let head = ["NAME", "VERSION", "REPOSITORY"].map(str::to_owned);
    let cells: Vec<[String; 3]> = std::iter::once(head)
        .chain(
            rows.iter()
                .map(|row| [&row.name, &row.version, &row.repository].map(|text| plain(text))),
        )
        .collect();
    let mut widths = [0; 3];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let statuses = std::iter::once("STATUS".to_owned()).chain(rows.iter().map(|row| {
        let style = if matches!(row.status, "ok" | "unpacked") { GOOD } else { DOUBTFUL };
        format!("{style}{}{style:#}", row.status)
    }));
    let mut text = String::new();
    for (row, status) in cells.iter().zip(statuses) {
        for (width, cell) in widths.iter().zip(row) {
            let _ = write!(text, "{cell:width$}  ");
        }
        let _ = writeln!(text, "{status}");
    }
    text
}

/// A text as it may be shown on a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
