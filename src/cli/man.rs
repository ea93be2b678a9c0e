//! `kabar man`: the manual page, in the macros of man(7).
//!
//! Commands, options and examples come from clap's tree; what stands around them lies in `man/`. Ours, because the
//! usual generator would be one more package to follow for ever, and writes one page per command.

use clap::Arg;
use clap::builder::StyledStr;

use crate::cli::failure::Failure;
use crate::cli::out;

/// Shown below the command's own help.
pub(super) const EXAMPLES: &str = "Examples:
  kabar man | man -l -
  kabar man > ~/.local/share/man/man1/kabar.1";

const DESCRIPTION: &str = include_str!("man/description.roff");
const REFERENCE: &str = include_str!("man/reference.roff");
const SEE_ALSO: &str = ".SH SEE ALSO
.BR systemctl (1),
.BR journalctl (1),
.BR systemd.exec (5),
.BR sendmail (8)
";

/// Prints the page for the tree of commands below `root`.
pub(super) fn man(mut root: clap::Command) -> Result<(), Failure> {
    // Gives every command its whole name for the usage.
    root.build();
    out::print(&page(&root))
}

fn page(root: &clap::Command) -> String {
    let name = root.get_name();
    let version = root.get_version().unwrap_or_default();
    let mut page = format!(
        ".\\\" Made by `kabar man`.\n.TH {} 1 \"\" \"{} {}\" \"User Commands\"\n",
        escaped(&name.to_uppercase()),
        escaped(name),
        escaped(version)
    );
    page += &format!(
        ".SH NAME\n{} \\- {}\n",
        escaped(name),
        uncapitalised(&text(root.get_about()))
    );
    page += &format!(".SH SYNOPSIS\n{}", usage(root));
    page += DESCRIPTION;
    page += ".SH OPTIONS\n";
    let options = root.get_arguments().filter(|argument| !argument.is_hide_set());
    page.extend(options.map(argument));
    page += ".SH COMMANDS\n";
    visible(root).for_each(|below| command(below, name, &mut page));
    page += REFERENCE;
    page += &format!(".SH EXAMPLES\n{}", as_typed(&examples(root)));
    page + SEE_ALSO
}

/// Commands that lead to others are told by those; `help` and `--help` are told once, in OPTIONS and in its own line.
fn command(command: &clap::Command, above: &str, page: &mut String) {
    let path = format!("{above} {}", command.get_name());
    if command.has_subcommands() && command.get_name() != "help" {
        return visible(command)
            .filter(|below| below.get_name() != "help")
            .for_each(|below| self::command(below, &path, page));
    }
    *page += &format!(
        ".SS {}\n{}.PP\n{}.\n",
        escaped(&path),
        usage(command),
        text(command.get_about())
    );
    let own = command.get_arguments().filter(|argument| {
        let is_told = argument.is_global_set() || argument.get_id() == "help";
        !argument.is_hide_set() && !is_told
    });
    page.extend(own.map(argument));
    if let Some(after) = command.get_after_help() {
        page.extend(after.to_string().split("\n\n").map(paragraph));
    }
}

fn visible(command: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    command.get_subcommands().filter(|below| !below.is_hide_set())
}

/// Such as `kabar feeds add [OPTIONS] <URL>`.
fn usage(command: &clap::Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
    let lines = usage.lines().map(|line| format!("{}\n", escaped(line.trim())));
    format!(".nf\n{}.fi\n", lines.collect::<String>())
}

/// An option or operand, its meaning, and the values that it can have.
fn argument(argument: &Arg) -> String {
    let value = argument.get_value_names().and_then(<[_]>::first);
    let value = value.map_or_else(|| argument.get_id().as_str(), |name| name.as_str());
    let value = format!("\\fI{}\\fR", escaped(value));
    let longs = argument.get_long_and_visible_aliases().unwrap_or_default();
    let shorts = argument.get_short_and_visible_aliases().unwrap_or_default();
    let shorts = shorts.iter().map(|short| format!("-{short}"));
    let spellings = shorts.chain(longs.iter().map(|long| format!("--{long}")));
    let spellings: Vec<String> = spellings.map(|word| format!("\\fB{}\\fR", escaped(&word))).collect();
    let head = match (argument.is_positional(), argument.get_action().takes_values()) {
        (true, _) => value,
        (false, true) => format!("{} {value}", spellings.join(", ")),
        (false, false) => spellings.join(", "),
    };
    let mut lines = format!(".TP\n{head}\n{}.\n", text(argument.get_help()));
    for possible in argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
    {
        let name = escaped(possible.get_name());
        lines += &format!(".br\n\\fB{name}\\fR: {}.\n", text(possible.get_help()));
    }
    lines
}

/// What stands below "Examples:" in the help of `root`.
fn examples(root: &clap::Command) -> String {
    let after = root.get_after_help().map(ToString::to_string).unwrap_or_default();
    let paragraph = after
        .split("\n\n")
        .find_map(|paragraph| paragraph.strip_prefix("Examples:\n"));
    paragraph.unwrap_or_default().to_owned()
}

/// A paragraph of a help text: examples, which stand below a heading and further in, stay as they are; the rest is filled.
fn paragraph(text: &str) -> String {
    match text.split_once('\n') {
        Some((heading, examples)) if examples.starts_with("  ") => {
            format!(".PP\n{}\n{}", escaped(heading), as_typed(examples))
        }
        Some(_) | None => format!(".PP\n{}\n", escaped(&on_one_line(text))),
    }
}

/// Lines that stay as they are.
fn as_typed(text: &str) -> String {
    let lines = text.lines().map(|line| format!("{}\n", escaped(line)));
    format!(".nf\n{}.fi\n", lines.collect::<String>())
}

/// A text of clap's, on one line.
fn text(styled: Option<&StyledStr>) -> String {
    let text = styled.map(ToString::to_string).unwrap_or_default();
    escaped(&on_one_line(&text))
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As NAME is written, so that lists of pages look alike.
fn uncapitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

/// The text so that roff shows exactly these characters: no request at its beginning, no escape in it, and hyphens, quotes
/// and accents that can be copied into a shell (groff_char(7)).
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    if text.starts_with(['.', '\'']) {
        escaped.push_str("\\&");
    }
    for character in text.chars() {
        match character {
            '\\' => escaped.push_str("\\e"),
            '-' => escaped.push_str("\\-"),
            '\'' => escaped.push_str("\\(aq"),
            '"' => escaped.push_str("\\(dq"),
            '`' => escaped.push_str("\\(ga"),
            '^' => escaped.push_str("\\(ha"),
            '~' => escaped.push_str("\\(ti"),
            character if character.is_ascii() => escaped.push(character),
            character => escaped.push_str(&format!("\\[u{:04X}]", u32::from(character))),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn roff_shows_exactly_the_characters_of_a_text() {
        assert_eq!(escaped(".SH it's \\n --all"), "\\&.SH it\\(aqs \\en \\-\\-all");
        assert_eq!(escaped("'br"), "\\&\\(aqbr");
        assert_eq!(escaped("\"~^`\" é"), "\\(dq\\(ti\\(ha\\(ga\\(dq \\[u00E9]");
    }
}
