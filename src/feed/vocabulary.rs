//! What the names in a feed mean: namespaces by meaning, and the field that an element fills.
//!
//! Never sees a value. Names are compared without case, namespaces without scheme, case and last character.

/// The vocabularies that we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vocabulary {
    /// RSS of every version, and every unprefixed name of a feed.
    Core,
    /// Atom 0.3 and 1.0 with a prefix.
    Atom,
    /// Dublin Core, elements and terms.
    Dublin,
    /// RSS content module.
    Content,
    /// Media RSS.
    Media,
    /// Apple's podcasts.
    Itunes,
    /// FeedBurner and Pheedo: the original link.
    OriginalLink,
    /// Other modules that stand beside the fields of an entry.
    Module,
    /// HTML and anything unknown.
    Foreign,
}

/// The field that an element fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    OtherTitle(u8),
    Link,
    Guid,
    AtomId,
    Summary,
    OtherSummary(u8),
    Content,
    Published,
    OtherPublished,
    Updated,
    Created,
    Author,
    Category,
    Language,
    Ttl,
    Via,
    OriginalLink,
    Enclosure,
    Comments,
}

/// The vocabulary of a prefix whose namespace was declared as `uri`, or not declared.
pub(super) fn vocabulary(prefix: &str, uri: Option<&str>) -> Vocabulary {
    uri.and_then(by_uri)
        .unwrap_or_else(|| match prefix.to_ascii_lowercase().as_str() {
            "" | "rss" => Vocabulary::Core,
            "atom" | "atom10" | "a10" | "atom03" => Vocabulary::Atom,
            "dc" | "dcterms" | "dct" | "dcterm" => Vocabulary::Dublin,
            "content" => Vocabulary::Content,
            "media" => Vocabulary::Media,
            "itunes" => Vocabulary::Itunes,
            "feedburner" | "pheedo" => Vocabulary::OriginalLink,
            "slash" | "wfw" | "thr" | "georss" | "geo" | "sy" | "admin" | "podcast" | "creativecommons" | "cc"
            | "taxo" | "annotate" | "opensearch" | "gd" | "yt" | "app" => Vocabulary::Module,
            _ => Vocabulary::Foreign,
        })
}

fn by_uri(uri: &str) -> Option<Vocabulary> {
    let uri = uri.trim().to_ascii_lowercase();
    let uri = uri.trim_start_matches("https://").trim_start_matches("http://");
    let uri = uri.trim_start_matches("www.").trim_end_matches(['/', '#']);
    let starts = |known: &[&str]| known.iter().any(|known| uri.starts_with(known));
    Some(if starts(&["w3.org/2005/atom", "purl.org/atom/ns"]) {
        Vocabulary::Atom
    } else if starts(&[
        "w3.org/1999/xhtml",
        "w3.org/2000/svg",
        "w3.org/1998/math",
        "w3.org/1999/02/22-rdf",
    ]) {
        Vocabulary::Foreign
    } else if starts(&["purl.org/dc/", "purl.org/metadata/dublin"]) {
        Vocabulary::Dublin
    } else if starts(&["purl.org/rss/1.0/modules/content"]) {
        Vocabulary::Content
    } else if starts(&["purl.org/rss/1.0/modules"]) {
        Vocabulary::Module
    } else if starts(&[
        "purl.org/rss/1.",
        "purl.org/net/rss1.1",
        "my.netscape.com/rdf",
        "backend.userland.com/rss",
        "blogs.law.harvard.edu/tech/rss",
        "channel.netscape.com/rdf",
        "cyber.law.harvard.edu/rss",
    ]) {
        Vocabulary::Core
    } else if starts(&[
        "search.yahoo.com/mrss",
        "video.search.yahoo.com/mrss",
        "tools.search.yahoo.com/mrss",
    ]) {
        Vocabulary::Media
    } else if starts(&["itunes.com/dtds/podcast"]) {
        Vocabulary::Itunes
    } else if starts(&["rssnamespace.org/feedburner", "pheedo.com/namespace"]) {
        Vocabulary::OriginalLink
    } else {
        return None;
    })
}

/// The field that element `local` (lower case) of `vocabulary` fills.
pub(super) fn field(vocabulary: Vocabulary, local: &str) -> Option<Field> {
    match vocabulary {
        Vocabulary::Core | Vocabulary::Atom => core_field(local),
        Vocabulary::Dublin => dublin_field(local),
        Vocabulary::Content => (local == "encoded").then_some(Field::Content),
        Vocabulary::Media => match local {
            "title" => Some(Field::OtherTitle(2)),
            "description" => Some(Field::OtherSummary(3)),
            _ => None,
        },
        Vocabulary::Itunes => match local {
            "title" => Some(Field::OtherTitle(3)),
            "summary" => Some(Field::OtherSummary(1)),
            "subtitle" => Some(Field::OtherSummary(2)),
            "author" => Some(Field::Author),
            _ => None,
        },
        Vocabulary::OriginalLink => (local == "origlink").then_some(Field::OriginalLink),
        Vocabulary::Module => None,
        Vocabulary::Foreign => (local == "body").then_some(Field::Content),
    }
}

fn core_field(local: &str) -> Option<Field> {
    Some(match local {
        "title" => Field::Title,
        "link" => Field::Link,
        "guid" => Field::Guid,
        "id" => Field::AtomId,
        "description" | "summary" | "abstract" => Field::Summary,
        "content" | "body" | "fullitem" => Field::Content,
        "pubdate" | "published" | "issued" | "date" => Field::Published,
        "updated" | "modified" | "lastmod" | "lastbuilddate" => Field::Updated,
        "created" => Field::Created,
        "author" => Field::Author,
        "category" => Field::Category,
        "language" => Field::Language,
        "ttl" => Field::Ttl,
        "enclosure" => Field::Enclosure,
        "comments" => Field::Comments,
        _ => return None,
    })
}

fn dublin_field(local: &str) -> Option<Field> {
    Some(match local {
        "title" => Field::OtherTitle(1),
        "description" | "abstract" => Field::OtherSummary(0),
        "date" | "issued" | "available" => Field::OtherPublished,
        "modified" => Field::Updated,
        "created" => Field::Created,
        "creator" => Field::Author,
        "subject" => Field::Category,
        "language" => Field::Language,
        "source" => Field::Via,
        _ => return None,
    })
}

impl Field {
    /// Whether the field holds a text of several paragraphs.
    pub(super) fn is_body(self) -> bool {
        match self {
            Self::Summary | Self::OtherSummary(_) | Self::Content => true,
            Self::Title
            | Self::OtherTitle(_)
            | Self::Link
            | Self::Guid
            | Self::AtomId
            | Self::Published
            | Self::OtherPublished
            | Self::Updated
            | Self::Created
            | Self::Author
            | Self::Category
            | Self::Language
            | Self::Ttl
            | Self::Via
            | Self::OriginalLink
            | Self::Enclosure
            | Self::Comments => false,
        }
    }
}

/// Whether a core name may also be markup of a body that forgot to escape it.
pub(super) fn is_html_too(local: &str) -> bool {
    matches!(local, "body" | "summary" | "abstract" | "content")
}

/// The vocabulary of unprefixed names where an entry itself declares `uri` as the default.
pub(super) fn unprefixed(uri: &str) -> Vocabulary {
    by_uri(uri).unwrap_or(Vocabulary::Foreign)
}
