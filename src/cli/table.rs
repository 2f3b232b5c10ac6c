//! Columns for a terminal.

use std::io::{self, Write};

use console::Term;
use jiff::{SignedDuration, Timestamp};

/// Columns where the terminal does not say how many it has.
const WIDTH: usize = 100;
/// Narrower than this nothing can be laid out.
const WIDTH_MIN: usize = 40;
/// Before a note.
const NOTE: &str = "    ";
/// Two spaces between columns.
const GAP: usize = 2;

/// A field and the side that it leans to.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    text: String,
    right: bool,
}

impl Cell {
    pub fn left(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            right: false,
        }
    }

    pub fn right(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            right: true,
        }
    }
}

/// Columns of the terminal, as the shell or the terminal itself tells them.
pub(super) fn width() -> usize {
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    let terminal = || {
        Term::stdout()
            .size_checked()
            .map(|(_, columns)| usize::from(columns))
    };
    columns.or_else(terminal).unwrap_or(WIDTH).max(WIDTH_MIN)
}

/// Prints rows under a header. The last column gets what is left of the line and is cut to it.
pub(super) fn print<const N: usize>(
    out: &mut impl Write,
    header: [Cell; N],
    rows: impl Iterator<Item = [Cell; N]>,
) -> io::Result<()> {
    print_noted(out, header, rows.map(|row| (row, None)))
}

/// Prints rows under a header, some with a note in a line of its own below.
pub(super) fn print_noted<const N: usize>(
    out: &mut impl Write,
    header: [Cell; N],
    rows: impl Iterator<Item = ([Cell; N], Option<String>)>,
) -> io::Result<()> {
    let rows: Vec<([Cell; N], Option<String>)> =
        std::iter::once((header, None)).chain(rows).collect();
    let mut widths = [0; N];
    for (row, _) in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(length(&cell.text));
        }
    }
    let before: usize = widths[..N - 1].iter().map(|width| width + GAP).sum();
    widths[N - 1] = width().saturating_sub(before).max(10);
    for (row, note) in &rows {
        let mut line = String::new();
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let text = cut(&cell.text, width);
            let pad = " ".repeat(width.saturating_sub(length(&text)));
            let gap = if column == 0 { "" } else { "  " };
            let text = isolated(text);
            let (before, after) = if cell.right {
                (pad.as_str(), "")
            } else {
                ("", pad.as_str())
            };
            line = format!("{line}{gap}{before}{text}{after}");
        }
        writeln!(out, "{}", line.trim_end())?;
        if let Some(note) = note {
            writeln!(
                out,
                "{NOTE}{}",
                cut(note, width().saturating_sub(NOTE.len()))
            )?;
        }
    }
    Ok(())
}

/// The text, between FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (UAX #9) if it runs from right to
/// left anywhere: else it would draw the columns beside it into its own order.
fn isolated(text: String) -> String {
    if text.chars().any(is_right_to_left) {
        format!("\u{2068}{text}\u{2069}")
    } else {
        text
    }
}

/// Letters of Hebrew, Arabic, Syriac, Thaana, N'Ko and their like, by the blocks that Unicode sets aside.
fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// `5 min ago`
pub(super) fn ago(at: Timestamp, now: Timestamp) -> String {
    format!("{} ago", rough(now.duration_since(at)))
}

/// `in 5 min`, `now`
pub(super) fn ahead(at: Timestamp, now: Timestamp) -> String {
    let left = at.duration_since(now);
    if left.is_positive() {
        format!("in {}", rough(left))
    } else {
        "now".into()
    }
}

fn rough(duration: SignedDuration) -> String {
    let secs = duration.as_secs().max(0);
    match secs {
        0..=89 => format!("{secs} s"),
        90..=5_399 => format!("{} min", (secs + 30) / 60),
        5_400..=129_599 => format!("{} h", (secs + 1_800) / 3_600),
        _ => format!("{} d", (secs + 43_200) / 86_400),
    }
}

/// Characters, which is what a terminal shows of most scripts here; Chinese takes two columns.
fn length(text: &str) -> usize {
    text.chars().map(columns).sum()
}

fn columns(character: char) -> usize {
    match character {
        '\u{200b}'..='\u{200f}' | '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{ff00}'..='\u{ff60}' => 2,
        _ => 1,
    }
}

/// The text in `width` columns, on one line, harmless to the terminal.
pub(super) fn cut(text: &str, width: usize) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if length(&clean) <= width {
        return clean;
    }
    let mut used = 1;
    let mut out = String::new();
    for character in clean.chars() {
        used += columns(character);
        if used > width {
            break;
        }
        out.push(character);
    }
    out + "…"
}
