//! The script for fish: one function says at which command the cursor is, and one line stands for each thing offered there.

use crate::cli::completions::Choice;
use crate::cli::completions::OptionPlace;
use crate::cli::completions::Place;
use crate::cli::completions::ValuePlace;

const BEGINNING: &str = r#"# Completion of kabar in fish, made by `kabar completions fish`.

# Is the cursor at the command $argv[1]; and, where a number follows, after that many operands (or "any")?
function __kabar_at
    set -l place kabar
    set -l operands 0
    set -l skip no
    set -l ended no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
        else if test $ended = no -a "$word" = --
            set ended yes
        else if test $ended = no; and string match -qr -- '^-.' $word
            switch "$place $word"
                case @OWNERS@
                    set skip yes
            end
        else
            switch "$place $word"
                case @COMMANDS@
                    set place "$place $word"
                case '*'
                    set operands (math $operands + 1)
            end
        end
    end
    test "$place" = "$argv[1]"; or return 1
    test (count $argv) -lt 2; and return 0
    test "$argv[2]" = any -o "$argv[2]" = $operands
end

# Files only where a command takes one.
complete -c kabar -f
"#;

/// The whole script.
pub(super) fn script(places: &[Place]) -> String {
    let (mut owners, mut commands, mut lines) = (Vec::new(), Vec::new(), String::new());
    for place in places {
        let path = place.joined();
        let with_value = place.options.iter().filter(|option| option.value.is_some());
        let spellings = with_value.flat_map(OptionPlace::spellings);
        owners.extend(spellings.map(|spelling| quoted(&format!("{path} {spelling}"))));
        let words = place.commands.iter().map(|command| &command.word);
        commands.extend(words.map(|word| quoted(&format!("{path} {word}"))));
        lines += &offers(place);
    }
    BEGINNING
        .replace("@OWNERS@", &owners.join(" "))
        .replace("@COMMANDS@", &commands.join(" "))
        + &lines
}

/// One line for each command, option and operand of the place.
fn offers(place: &Place) -> String {
    let at = format!("__kabar_at {}", quoted(&place.joined()));
    let mut lines = String::new();
    for command in &place.commands {
        let (word, help) = (quoted(&quoted(&command.word)), quoted(&command.help));
        lines += &line(&format!("{at} 0"), &format!("-a {word} -d {help}"));
    }
    for option in &place.options {
        let longs = option.longs.iter().map(|long| format!("-l {} ", quoted(long)));
        let shorts = option.shorts.iter().map(|short| format!("-s {short} "));
        let mut offer: String = longs.chain(shorts).collect();
        if let Some(value) = &option.value {
            offer += &match action(value) {
                Some(action) => format!("-r {action} "),
                None => "-x ".to_owned(),
            };
        }
        lines += &line(&at, &format!("{offer}-d {}", quoted(&option.help)));
    }
    for (number, operand) in place.operands.iter().enumerate() {
        let number = if operand.may_repeat {
            "any".to_owned()
        } else {
            number.to_string()
        };
        if let Some(action) = action(operand) {
            lines += &line(&format!("{at} {number}"), &action);
        }
    }
    lines
}

fn line(condition: &str, offer: &str) -> String {
    format!("complete -c kabar -n {} {offer}\n", quoted(condition))
}

fn action(value: &ValuePlace) -> Option<String> {
    match &value.choice {
        Choice::Anything => None,
        Choice::Files => Some("-F".to_owned()),
        Choice::Words(words) => {
            // fish evaluates the list once more: each text is quoted in it, with a tab before its meaning.
            let rows = words
                .iter()
                .map(|offer| format!("{}\\t{}", quoted(&offer.word), quoted(&offer.help)));
            Some(format!("-f -a {}", quoted(&rows.collect::<Vec<_>>().join(" "))))
        }
    }
}

/// Between single quotes, fish reads `\\` and `\'`, and nothing else.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn quotes_backslashes_and_dollars_stay_what_they_are() {
        assert_eq!(quoted(r"it's $HOME \ (x)"), r"'it\'s $HOME \\ (x)'");
    }
}
