//! The rules that are data: parameter names, single sites, redirectors.
//!
//! Owns reading the lists in `rules/`, once, and their version. Never decides about a URL.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::OnceLock;

use crate::dedup::canonical::RULES_VERSION;
use crate::dedup::rule_lines::lines;

/// A redirector: its path begins with this, and the target stands there.
#[derive(Debug)]
pub(super) struct Redirector {
    pub(super) path: &'static str,
    pub(super) place: Place,
}

/// Where a redirector holds its target.
#[derive(Debug)]
pub(super) enum Place {
    /// In one of these parameters.
    Parameters(Vec<&'static str>),
    /// In the path, behind its first "http".
    Path,
    /// It is the whole query.
    Query,
}

impl Place {
    fn read(word: &'static str) -> Self {
        match word {
            "@path" => Self::Path,
            "@query" => Self::Query,
            names => Self::Parameters(names.split(',').collect()),
        }
    }
}

/// "com.au", and one letter more.
const COUNTRY_BYTES_MAX: usize = 7;

/// The lists of one version, as text; their format stands at the head of each file in `rules/`.
#[derive(Clone, Copy, Debug)]
pub struct RuleLists {
    /// Parameters that never change the story.
    pub parameters: &'static str,
    /// Values that say how the reader came.
    pub places: &'static str,
    /// What single sites do.
    pub hosts: &'static str,
    /// Addresses that carry another one.
    pub redirectors: &'static str,
    /// Parameters that say nothing beside others.
    pub companions: &'static str,
}

impl RuleLists {
    /// The lists that travel in the binary.
    pub const CURRENT: Self = Self {
        parameters: include_str!("../rules/parameters.txt"),
        places: include_str!("../rules/places.txt"),
        hosts: include_str!("../rules/hosts.txt"),
        redirectors: include_str!("../rules/redirectors.txt"),
        companions: include_str!("../rules/companions.txt"),
    };
}

/// All lists, read.
#[derive(Debug)]
pub struct Rules {
    version: u32,
    names: HashSet<&'static str>,
    prefixes: Beginnings,
    dropped_by_host: HashMap<&'static str, Vec<&'static str>>,
    same_host: HashMap<&'static str, &'static str>,
    same_in_countries: Vec<(&'static str, &'static str)>,
    places: HashSet<&'static str>,
    redirectors: HashMap<&'static str, Vec<Redirector>>,
    /// By name: beside which it says nothing.
    companions: HashMap<&'static str, Vec<&'static str>>,
}

impl Rules {
    /// The rules of this kabar.
    pub fn current() -> &'static Self {
        static RULES: OnceLock<Rules> = OnceLock::new();
        RULES.get_or_init(|| Self::read(RULES_VERSION, &RuleLists::CURRENT))
    }

    /// The version of these rules: stores remember under which one their keys were made.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Reads lists. Lines of another shape than the list's are left out.
    pub fn read(version: u32, from: &RuleLists) -> Self {
        let mut rules = Self {
            version,
            names: HashSet::new(),
            prefixes: Beginnings::default(),
            dropped_by_host: HashMap::new(),
            same_host: HashMap::new(),
            same_in_countries: Vec::new(),
            places: lines(from.places).collect(),
            redirectors: HashMap::new(),
            companions: HashMap::new(),
        };
        let mut prefixes = Vec::new();
        for line in lines(from.parameters) {
            match line.strip_suffix('*') {
                Some(prefix) => prefixes.push(prefix),
                None => _ = rules.names.insert(line),
            }
        }
        rules.prefixes = Beginnings::new(prefixes);
        for line in lines(from.hosts) {
            let mut words = line.split_whitespace();
            match (words.next(), words.next(), words.next()) {
                (Some("same"), Some(host), Some(other)) => match host.strip_suffix('*') {
                    Some(name) => rules.same_in_countries.push((name, other)),
                    None => _ = rules.same_host.insert(host, other),
                },
                (Some("drop"), Some(host), Some(names)) => {
                    let dropped = rules.dropped_by_host.entry(host).or_default();
                    dropped.extend(names.split(','));
                }
                _ => {}
            }
        }
        for line in lines(from.companions) {
            let mut words = line.split_whitespace();
            if let Some(lead) = words.next() {
                words.for_each(|name| rules.companions.entry(name).or_default().push(lead));
            }
        }
        for line in lines(from.redirectors) {
            let mut words = line.split_whitespace();
            if let (Some(host), Some(path), Some(names)) = (words.next(), words.next(), words.next()) {
                let place = Place::read(names);
                let redirectors = rules.redirectors.entry(host).or_default();
                redirectors.push(Redirector { path, place });
            }
        }
        rules
    }

    /// Whether a parameter with this name (in lower case) never changes a story.
    pub(super) fn is_tracking(&self, name: &str) -> bool {
        self.names.contains(name) || self.prefixes.begin(name)
    }

    /// Whether this tracker's name (in lower case) is a single word of a list, which another site may use for something else.
    pub(super) fn is_name_of_many(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether a parameter with this name (in lower case) means nothing beside the others of `query`.
    pub(super) fn is_companion(&self, name: &str, query: &str) -> bool {
        let leads = self.companions.get(name).map(Vec::as_slice).unwrap_or_default();
        let is_lead = |pair: &str| {
            let own = pair.split('=').next().unwrap_or(pair);
            leads.iter().any(|lead| own.eq_ignore_ascii_case(lead))
        };
        !leads.is_empty() && query.split('&').any(is_lead)
    }

    /// Whether a parameter with this name (in lower case) means nothing on `host`.
    pub(super) fn is_dropped_on(&self, host: &str, name: &str) -> bool {
        upwards(host).any(|host| {
            self.dropped_by_host
                .get(host)
                .is_some_and(|names| names.contains(&name))
        })
    }

    /// Whether this value (in lower case) of a parameter only says how the reader came.
    pub(super) fn is_place(&self, value: &str) -> bool {
        self.places.contains(value)
    }

    /// The host that `host` is another name of.
    pub(super) fn same_host(&self, host: &str) -> Option<String> {
        if let Some(same) = self.same_host.get(host) {
            return Some((*same).to_owned());
        }
        // "a.blogspot.co.id": the name, a country behind it, the site before it.
        self.same_in_countries.iter().find_map(|(name, other)| {
            let (site, country) = host.split_once(name).filter(|(site, _)| site.ends_with('.'))?;
            let is_country =
                country.len() <= COUNTRY_BYTES_MAX && country.bytes().all(|b| b.is_ascii_lowercase() || b == b'.');
            (is_country && other.strip_prefix(name) != Some(country)).then(|| format!("{site}{other}"))
        })
    }

    /// The redirectors on `host` or above it; a public suffix counts as ".*".
    pub(super) fn redirectors<'a>(&'a self, host: &'a str) -> impl Iterator<Item = &'a Redirector> {
        let start = psl::suffix_str(host).and_then(|suffix| host.strip_suffix(suffix));
        let site = start.and_then(|start| start.trim_end_matches('.').rsplit('.').next());
        let patterns = [
            start.map(|start| format!("{start}*")),
            site.map(|site| format!("{site}.*")),
        ];
        let anywhere = patterns
            .into_iter()
            .flatten()
            .filter_map(|pattern| self.redirectors.get(pattern.as_str()));
        upwards(host)
            .filter_map(|host| self.redirectors.get(host))
            .chain(anywhere)
            .flatten()
    }
}

/// Words that names may begin with, sorted, none of which begins with another.
#[derive(Debug, Default)]
pub(super) struct Beginnings(Vec<&'static str>);

impl Beginnings {
    pub(super) fn new(mut words: Vec<&'static str>) -> Self {
        words.sort_unstable();
        // What begins with a word stands right behind it.
        words.dedup_by(|next, word| next.starts_with(*word));
        Self(words)
    }

    /// Whether `text` begins with one of them.
    pub(super) fn begin(&self, text: &str) -> bool {
        // All that stands between a word and a text that begins with it begins with it, too, and was left out.
        let at = self.0.partition_point(|word| *word <= text);
        at.checked_sub(1).is_some_and(|at| text.starts_with(self.0[at]))
    }
}

/// The host and every host above it, without the last label.
fn upwards(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, above)| above))
        .filter(|host| host.contains('.'))
}
