//! `kabar canon`: the source key of each URL and the rules that made it.

use std::io;
use std::io::BufRead;

use clap::Args;

use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::out::Style;
use crate::dedup::canonical;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kabar canon 'https://m.news.example/story?utm_source=rss'\n  kabar canon --json - < urls.txt"
)]
pub(super) struct CanonArguments {
    /// URLs; "-" reads lines from standard input
    #[arg(required = true, value_name = "URL")]
    urls: Vec<String>,
    /// Print JSON, one object per URL
    #[arg(long)]
    json: bool,
}

/// Prints the key of every URL; exit code 1 where one has none.
pub(super) fn canon(arguments: &CanonArguments) -> Result<(), Failure> {
    let style = Style::from(arguments.json);
    let mut failed = 0;
    for url in &arguments.urls {
        if url == "-" {
            for line in io::stdin().lock().lines() {
                let line = line.map_err(|error| Failure::Other(format!("standard input: {error}")))?;
                failed += print_key(line.trim_end_matches(['\r', '\n']), style)?;
            }
        } else {
            failed += print_key(url, style)?;
        }
    }
    if failed == 0 {
        Ok(())
    } else {
        Err(Failure::NeedsAPerson)
    }
}

/// How many URLs had no key: 0 or 1.
fn print_key(url: &str, style: Style) -> Result<usize, Failure> {
    match (canonical::canonicalize(url), style) {
        (Ok(found), Style::Json) => {
            out::print_json(&serde_json::json!({ "url": url, "key": found.key, "rules": found.rules }))?;
            Ok(0)
        }
        (Ok(found), Style::Words) if found.rules.is_empty() => out::print(&format!("{}\n", found.key)).map(|()| 0),
        (Ok(found), Style::Words) => out::print(&format!("{}  ({})\n", found.key, found.rules.join(", "))).map(|()| 0),
        (Err(error), Style::Json) => {
            out::print_json(&serde_json::json!({ "url": url, "error": error.to_string() }))?;
            Ok(1)
        }
        (Err(error), Style::Words) => {
            failure::complain(&format!("{url}: {error}"));
            Ok(1)
        }
    }
}
