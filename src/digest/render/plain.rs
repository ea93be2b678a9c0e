//! The text part: 72 columns, an address alone on its line and never broken.

use crate::digest::render::layout::Line;
use crate::digest::render::layout::Page;
use crate::digest::render::layout::Part;

/// Columns of a line of text (RFC 3676 section 4.2 advises 78 at most, 72 leaves room for quoting).
const COLUMNS: usize = 72;

/// The page as text.
pub(super) fn text(page: &Page) -> String {
    let mut text = String::new();
    if !page.nothing.is_empty() {
        text += &wrapped(&page.nothing, "");
    }
    for section in &page.sections {
        text += &format!(
            "{}\n{}\n\n",
            section.watch,
            "=".repeat(section.watch.chars().count().min(COLUMNS))
        );
        for line in &section.stories {
            text += &story(line);
        }
    }
    if !page.more.is_empty() {
        text += &format!("{}\n\n", page.more);
    }
    text += "-- \n";
    for note in &page.notes {
        text += &format!("{}:\n", note.title);
        for line in &note.lines {
            text += &wrapped(&format!("* {line}"), "  ");
        }
        text.push('\n');
    }
    text += &wrapped(&page.stop, "");
    text
}

fn story(line: &Line) -> String {
    let mut text = wrapped(&format!("* {}", joined(&line.title)), "  ");
    text += &wrapped(&format!("  {}", line.origin), "  ");
    if !line.snippet.is_empty() {
        text += &wrapped(&format!("  {}", joined(&line.snippet)), "  ");
    }
    for remark in &line.remarks {
        text += &wrapped(&format!("  ({remark})"), "  ");
    }
    if !line.link.is_empty() {
        text += &format!("  {}\n", line.link);
    }
    text.push('\n');
    text
}

fn joined(parts: &[Part]) -> String {
    parts.iter().map(|part| part.text.as_str()).collect()
}

/// Breaks a line at spaces; a word longer than a line stays whole.
fn wrapped(line: &str, indent: &str) -> String {
    let start = line.len() - line.trim_start().len();
    let mut text = line[..start].to_owned();
    let mut column = start;
    for (index, word) in line.split_whitespace().enumerate() {
        let width = word.chars().count();
        if index > 0 && column + 1 + width > COLUMNS {
            text += &format!("\n{indent}");
            column = indent.len();
        } else if index > 0 {
            text.push(' ');
            column += 1;
        }
        text += word;
        column += width;
    }
    text.push('\n');
    text
}
