//! The corpus of feeds beside the project, `../shared/corpus/feeds`; tests that need it are skipped where it is not.

mod consensus;
mod damage;
mod damaged;
mod fuzz;

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use url::Url;

/// One file of the corpus, as a row of its manifest tells it.
pub struct Sample {
    /// Its path below the corpus.
    pub file: String,
    /// SHA-256 of its uncompressed bytes, in hex: the key of its expectations.
    pub sha256: String,
    /// Origin, family and state: `real-rss2-wf`.
    pub class: String,
    /// What HTTP said.
    pub content_type: Option<String>,
    /// The address of the document.
    pub base: Url,
    /// How many entries other readers find.
    pub entries: usize,
    path: PathBuf,
}

impl Sample {
    /// Whether a site sent it, and strict parsers accept it.
    pub fn is_real_and_well_formed(&self) -> bool {
        self.class.starts_with("real-") && self.class.ends_with("-wf")
    }

    /// The document, uncompressed.
    pub fn bytes(&self) -> Vec<u8> {
        bytes(&self.path)
    }
}

/// The samples in the manifest's order; none, and a word about it, where there is no corpus.
pub fn samples() -> Option<Vec<Sample>> {
    let root = root()?;
    let manifest = std::fs::read_to_string(root.join("MANIFEST.tsv")).unwrap();
    let sample = |row: &str| {
        let columns: Vec<&str> = row.split('\t').collect();
        let nowhere = || Url::parse("http://feed.example/").unwrap();
        Sample {
            file: columns[0].to_owned(),
            sha256: columns[1].to_owned(),
            class: columns[2].to_owned(),
            content_type: Some(columns[11].to_owned()).filter(|text| !text.is_empty()),
            base: Url::parse(columns[12]).unwrap_or_else(|_| nowhere()),
            entries: columns[14].parse().unwrap_or(0),
            path: root.join(columns[0]),
        }
    };
    Some(manifest.lines().skip(1).map(sample).collect())
}

/// Where the corpus is.
pub fn root() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/feeds");
    let found = Some(root).filter(|path| path.join("MANIFEST.tsv").exists());
    if found.is_none() {
        println!("skipped: no corpus of feeds beside the project");
    }
    found
}

/// A file, uncompressed.
pub fn bytes(path: &Path) -> Vec<u8> {
    if path.extension().is_some_and(|extension| extension == "gz") {
        return Command::new("gzip").arg("-dc").arg(path).output().unwrap().stdout;
    }
    std::fs::read(path).unwrap()
}

/// Whether the long form of a test is asked for: `KABAR_THOROUGH=1`, in a release build.
pub fn is_thorough() -> bool {
    std::env::var_os("KABAR_THOROUGH").is_some()
}
