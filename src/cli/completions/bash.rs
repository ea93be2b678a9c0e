//! The script for bash.
//!
//! One function walks the words before the cursor to the command they lead to, then offers what stands in its tables.
//! No associative arrays: bash 3.2 is still what some systems bring.

use crate::cli::completions::Choice;
use crate::cli::completions::OptionPlace;
use crate::cli::completions::Place;
use crate::cli::completions::ValuePlace;
use crate::cli::completions::quoted;

const SCRIPT: &str = r#"# Completion of kabar in bash, made by `kabar completions bash`.
_kabar() {
    local place=kabar owner='' ended='' files='' operands=0 at word
    local offered=()
    COMPREPLY=()
    for ((at = 1; at < COMP_CWORD; at++)); do
        word=${COMP_WORDS[at]}
        # bash hands over "--config=FILE" as three words.
        if [[ $word == '=' ]]; then continue; fi
        if [[ -n $owner ]]; then owner=''; continue; fi
        if [[ -z $ended && $word == '--' ]]; then ended=yes; continue; fi
        if [[ -z $ended && $word == -?* ]]; then
            case "$place $word" in
@OWNERS@
            esac
            continue
        fi
        case "$place $word" in
@COMMANDS@
            *) operands=$((operands + 1)) ;;
        esac
    done

    word=${COMP_WORDS[COMP_CWORD]}
    if [[ -n $owner ]]; then
        if [[ $word == '=' ]]; then word=''; fi
        case $owner in
@VALUES@
        esac
    elif [[ -n $ended || $word != -* ]]; then
        case "$place $operands" in
@OPERANDS@
        esac
    fi
    if [[ -z $owner && -z $ended && -z $files && ${#offered[@]} == 0 ]]; then
        case $place in
@OPTIONS@
        esac
    fi

    if [[ -n $files ]]; then
        # The shell's own completion knows quotes and tildes; what is older than bash 4 gets the bare names.
        compopt -o default 2>/dev/null && return
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$word")
        return
    fi
    for at in "${offered[@]}"; do
        if [[ $at == "$word"* ]]; then COMPREPLY+=("$at"); fi
    done
}
complete -F _kabar kabar
"#;

/// The whole script.
pub(super) fn script(places: &[Place]) -> String {
    let mut cases = Cases::default();
    for place in places {
        cases.add(place);
    }
    SCRIPT
        .replace("@OWNERS@", &cases.owners.lines())
        .replace("@COMMANDS@", &cases.commands.lines())
        .replace("@VALUES@", &cases.values.lines())
        .replace("@OPERANDS@", &cases.operands.lines())
        .replace("@OPTIONS@", &cases.options.lines())
}

/// What stands between each `case` and its `esac`.
#[derive(Default)]
struct Cases {
    owners: Branches,
    commands: Branches,
    values: Branches,
    operands: Branches,
    options: Branches,
}

impl Cases {
    fn add(&mut self, place: &Place) {
        let path = place.joined();
        for option in &place.options {
            let Some(value) = &option.value else { continue };
            for spelling in option.spellings() {
                let pattern = quoted(&format!("{path} {spelling}"));
                self.owners.add(&pattern, "owner=\"$place $word\"".to_owned());
                self.values.add_value(&pattern, value);
            }
        }
        for command in &place.commands {
            let pattern = quoted(&format!("{path} {}", command.word));
            self.commands.add(&pattern, "place=\"$place $word\"".to_owned());
        }
        if !place.commands.is_empty() {
            let words = place.commands.iter().map(|command| command.word.as_str());
            self.operands.add(&quoted(&format!("{path} 0")), offered(words));
        }
        for (number, operand) in place.operands.iter().enumerate() {
            let pattern = if operand.may_repeat {
                format!("{}*", quoted(&format!("{path} ")))
            } else {
                quoted(&format!("{path} {number}"))
            };
            self.operands.add_value(&pattern, operand);
        }
        let spellings: Vec<String> = place.options.iter().flat_map(OptionPlace::spellings).collect();
        let offered = offered(spellings.iter().map(String::as_str));
        self.options.add(&quoted(&path), offered);
    }
}

/// Actions with the patterns that lead to each.
#[derive(Default)]
struct Branches(Vec<(String, Vec<String>)>);

impl Branches {
    fn add(&mut self, pattern: &str, action: String) {
        match self.0.iter_mut().find(|(known, _)| *known == action) {
            Some((_, patterns)) => patterns.push(pattern.to_owned()),
            None => self.0.push((action, vec![pattern.to_owned()])),
        }
    }

    fn add_value(&mut self, pattern: &str, value: &ValuePlace) {
        if let Some(action) = action(value) {
            self.add(pattern, action);
        }
    }

    fn lines(&self) -> String {
        let branch = |(action, patterns): &(String, Vec<String>)| {
            let patterns = patterns.join(" | \\\n            ");
            format!("            {patterns}) {action} ;;")
        };
        self.0.iter().map(branch).collect::<Vec<_>>().join("\n")
    }
}

fn action(value: &ValuePlace) -> Option<String> {
    match &value.choice {
        Choice::Anything => None,
        Choice::Files => Some("files=yes".to_owned()),
        Choice::Words(words) => Some(offered(words.iter().map(|offer| offer.word.as_str()))),
    }
}

fn offered<'a>(words: impl Iterator<Item = &'a str>) -> String {
    format!("offered=({})", words.map(quoted).collect::<Vec<_>>().join(" "))
}
