//! The script for zsh: one function per command, each a call of `_arguments`.

use crate::cli::completions::Choice;
use crate::cli::completions::OptionPlace;
use crate::cli::completions::Place;
use crate::cli::completions::ValuePlace;
use crate::cli::completions::quoted;

/// `compinit` loads the file by its first line and calls it; `source` runs it once and registers the function.
const END: &str = "\
if [[ ${funcstack[1]} == _kabar ]]; then
    _kabar \"$@\"
else
    compdef _kabar kabar
fi
";

/// The whole script.
pub(super) fn script(places: &[Place]) -> String {
    let mut script = "#compdef kabar\n# Completion of kabar in zsh, made by `kabar completions zsh`.\n\n".to_owned();
    for place in places {
        script += &function(place);
    }
    script + END
}

fn function(place: &Place) -> String {
    let mut specs: Vec<String> = place.options.iter().flat_map(option_specs).collect();
    specs.extend(place.operands.iter().map(operand_spec));
    if !place.commands.is_empty() {
        // What follows a command is that command's: "(-)" ends the options of this one.
        specs.extend(["'(-): :->command'".to_owned(), "'(-)*:: :->rest'".to_owned()]);
    }
    if specs.is_empty() {
        specs.push("':'".to_owned());
    }
    let name = function_name(&place.path);
    let specs = specs.join(" \\\n        ");
    format!(
        "{name}() {{\n    local curcontext=\"$curcontext\" context state state_descr line\n    local -A opt_args\n    \
         _arguments -S -C \\\n        {specs} && return\n{}}}\n\n",
        commands(place)
    )
}

/// What is done once `_arguments` has found the command's word, or is past it.
fn commands(place: &Place) -> String {
    if place.commands.is_empty() {
        return String::new();
    }
    let (mut rows, mut branches) = (String::new(), String::new());
    for command in &place.commands {
        let row = format!("{}:{}", described(&command.word), command.help);
        rows += &format!("                {}\n", quoted(&row));
        let path = [place.path.as_slice(), std::slice::from_ref(&command.word)].concat();
        branches += &format!(
            "                {}) {} ;;\n",
            quoted(&command.word),
            function_name(&path)
        );
    }
    format!(
        "    case $state in\n        command)\n            local -a commands=(\n{rows}            )\n            \
         _describe -t commands command commands\n            ;;\n        rest)\n            \
         case $words[1] in\n{branches}            esac\n            ;;\n    esac\n"
    )
}

/// "_kabar__feeds__add".
fn function_name(path: &[String]) -> String {
    format!("_{}", path.join("__"))
}

/// One spec per spelling; they exclude each other, unless the option may be given several times.
fn option_specs(option: &OptionPlace) -> Vec<String> {
    let spellings = option.spellings();
    let excluded = match (option.may_repeat, is_answer(option)) {
        (true, _) => "*".to_owned(),
        (false, true) => "(- *)".to_owned(),
        (false, false) => format!("({})", spellings.join(" ")),
    };
    let with_value = |spelling: &String| match &option.value {
        None => (spelling.clone(), String::new()),
        Some(value) => (
            format!("{spelling}{}", if spelling.starts_with("--") { "=" } else { "+" }),
            format!(":{}:{}", described(&value.name), action(value)),
        ),
    };
    let help = described(&option.help);
    let specs = spellings.iter().map(with_value);
    specs
        .map(|(spelling, value)| quoted(&format!("{excluded}{spelling}[{help}]{value}")))
        .collect()
}

/// Help and version are all that such a line asks for.
fn is_answer(option: &OptionPlace) -> bool {
    option
        .longs
        .iter()
        .any(|long| ["help", "version"].contains(&long.as_str()))
}

fn operand_spec(operand: &ValuePlace) -> String {
    let colons = match (operand.may_repeat, operand.is_required) {
        (true, _) => "*:",
        (false, true) => ":",
        (false, false) => "::",
    };
    quoted(&format!("{colons}{}:{}", described(&operand.name), action(operand)))
}

fn action(value: &ValuePlace) -> String {
    match &value.choice {
        Choice::Anything => String::new(),
        Choice::Files => "_files".to_owned(),
        Choice::Words(words) => {
            let rows = words
                .iter()
                .map(|offer| format!("{}\\:{}", bare(&offer.word), bare(&offer.help)));
            format!("(({}))", rows.collect::<Vec<_>>().join(" "))
        }
    }
}

/// Inside a spec: its own brackets and colons are not the text's.
fn described(text: &str) -> String {
    escaped(text, |character| ['\\', '[', ']', ':'].contains(&character))
}

/// A word that zsh evaluates once more: whatever could mean something is escaped.
fn bare(text: &str) -> String {
    escaped(text, |character| {
        character.is_ascii() && !character.is_ascii_alphanumeric()
    })
}

fn escaped(text: &str, is_special: impl Fn(char) -> bool) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if is_special(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::bare;
    use super::described;

    #[test]
    fn texts_cannot_end_a_spec_or_be_evaluated() {
        assert_eq!(described(r"a: [b] \c"), r"a\: \[b\] \\c");
        assert_eq!(bare("in $(x), é"), "in\\ \\$\\(x\\)\\,\\ é");
    }
}
