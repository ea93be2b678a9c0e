//! `kabar completions`: a script that teaches a shell kabar's commands.
//!
//! Owns what a shell may offer at each place of clap's tree of commands; each shell's file spells it in its own
//! language. Ours, because the usual generator would be one more package to follow for ever, for three short texts.

mod bash;
mod fish;
mod zsh;

use clap::Arg;
use clap::ArgAction;
use clap::Args;
use clap::ValueEnum;
use clap::ValueHint;
use clap::builder::StyledStr;

use crate::cli::failure::Failure;
use crate::cli::out;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kabar completions bash > ~/.local/share/bash-completion/completions/kabar
  kabar completions fish > ~/.config/fish/completions/kabar.fish
  kabar completions zsh > ~/.zfunc/_kabar        (a folder of $fpath; before compinit)")]
pub(super) struct CompletionsArguments {
    /// The shell that is to read the script
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    /// GNU bash
    Bash,
    /// The Z shell
    Zsh,
    /// The friendly interactive shell
    Fish,
}

/// Prints the script for the tree of commands below `root`.
pub(super) fn completions(arguments: &CompletionsArguments, mut root: clap::Command) -> Result<(), Failure> {
    // Puts the options for every command, `--help` and `help` where the parser would.
    root.build();
    let places = places(&root);
    out::print(&match arguments.shell {
        Shell::Bash => bash::script(&places),
        Shell::Zsh => zsh::script(&places),
        Shell::Fish => fish::script(&places),
    })
}

/// One command of the tree: what may be typed after the words that lead to it.
struct Place {
    /// The words from "kabar" on.
    path: Vec<String>,
    commands: Vec<Offer>,
    options: Vec<OptionPlace>,
    operands: Vec<ValuePlace>,
}

/// A word with what it means.
struct Offer {
    word: String,
    help: String,
}

/// An option of a command.
struct OptionPlace {
    /// "config" for `--config`.
    longs: Vec<String>,
    shorts: Vec<char>,
    help: String,
    value: Option<ValuePlace>,
    may_repeat: bool,
}

/// The value of an option, or an operand.
struct ValuePlace {
    /// As in the usage: "FILE".
    name: String,
    choice: Choice,
    may_repeat: bool,
    is_required: bool,
}

/// What can be known of a value before it is typed.
enum Choice {
    Anything,
    Files,
    Words(Vec<Offer>),
}

impl Place {
    /// The words that lead here, as the scripts compare them.
    fn joined(&self) -> String {
        self.path.join(" ")
    }
}

impl OptionPlace {
    /// Every spelling with its hyphens.
    fn spellings(&self) -> Vec<String> {
        let longs = self.longs.iter().map(|long| format!("--{long}"));
        let shorts = self.shorts.iter().map(|short| format!("-{short}"));
        longs.chain(shorts).collect()
    }
}

/// Every visible command below `root`, itself first.
fn places(root: &clap::Command) -> Vec<Place> {
    let mut places = Vec::new();
    walk(root, &[], &mut places);
    places
}

fn walk(command: &clap::Command, above: &[String], places: &mut Vec<Place>) {
    let path = [above, &[command.get_name().to_owned()]].concat();
    let visible = || command.get_subcommands().filter(|below| !below.is_hide_set());
    let options = command.get_arguments().filter(|argument| !argument.is_positional());
    places.push(Place {
        path: path.clone(),
        commands: visible()
            .map(|below| Offer {
                word: below.get_name().to_owned(),
                help: line(below.get_about()),
            })
            .collect(),
        options: options
            .filter(|option| !option.is_hide_set())
            .map(option_place)
            .collect(),
        operands: command.get_positionals().map(value_place).collect(),
    });
    visible().for_each(|below| walk(below, &path, places));
}

fn option_place(option: &Arg) -> OptionPlace {
    let longs = option.get_long_and_visible_aliases().unwrap_or_default();
    OptionPlace {
        longs: longs.into_iter().map(str::to_owned).collect(),
        shorts: option.get_short_and_visible_aliases().unwrap_or_default(),
        help: line(option.get_help()),
        value: option.get_action().takes_values().then(|| value_place(option)),
        may_repeat: may_repeat(option),
    }
}

fn value_place(argument: &Arg) -> ValuePlace {
    let named = argument.get_value_names().and_then(<[_]>::first);
    let words: Vec<Offer> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| Offer {
            word: value.get_name().to_owned(),
            help: line(value.get_help()),
        })
        .collect();
    let hint = argument.get_value_hint();
    ValuePlace {
        name: named.map_or_else(|| argument.get_id().to_string(), ToString::to_string),
        choice: match words {
            words if !words.is_empty() => Choice::Words(words),
            _ if matches!(hint, ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath) => Choice::Files,
            _ => Choice::Anything,
        },
        may_repeat: may_repeat(argument),
        is_required: argument.is_required_set(),
    }
}

fn may_repeat(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Append | ArgAction::Count)
}

/// A help text on one line.
fn line(help: Option<&StyledStr>) -> String {
    let text = help.map(ToString::to_string).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text for bash and zsh: nothing but the quote itself means anything between single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn quotes_and_dollars_stay_what_they_are() {
        assert_eq!(quoted("recipients' times"), r"'recipients'\'' times'");
        assert_eq!(quoted("it's $HOME `x` \\"), r"'it'\''s $HOME `x` \'");
    }
}
