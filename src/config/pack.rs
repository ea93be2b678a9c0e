//! The aliases that come with kabar: names in the news in many scripts.
//!
//! Owns the pack and lets the user's own aliases stand over it. Never reads a query.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::watch::Aliases;

/// The pack, with its source and its date at its head.
const PACK: &str = include_str!("../../config/aliases.toml");

#[derive(Deserialize)]
struct Pack {
    aliases: Aliases,
}

static ALIASES: LazyLock<Aliases> = LazyLock::new(|| {
    // A test reads the pack; a broken one cannot be built into a release.
    toml::from_str(PACK).map_or_else(|_| Aliases::new(), |pack: Pack| pack.aliases)
});

/// Every alias of the pack.
pub fn aliases() -> &'static Aliases {
    &ALIASES
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use crate::config::pack::aliases;
    use crate::watch::Query;

    #[test]
    fn every_name_of_the_pack_can_be_watched() {
        for name in aliases().keys() {
            let query = Query::parse(&format!("@{name}"), aliases()).unwrap();
            assert_eq!(query.lints(), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn the_pack_is_large_and_says_nothing_twice() {
        let wide = aliases().values().filter(|forms| forms.len() >= 12).count();
        assert!(aliases().len() >= 400 && wide >= 400, "{wide} of {}", aliases().len());
        for (name, forms) in aliases() {
            let distinct: BTreeSet<&String> = forms.iter().collect();
            assert_eq!(distinct.len(), forms.len(), "{name}");
        }
    }
}
