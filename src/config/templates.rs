//! `templates` in `[mail]`: a folder with the user's own templates and words.
//!
//! Reads the folder and hands its files to `digest`, which tries them. Never decides what a template may say.

use std::path::Path;

use crate::config::errors::Report;
use crate::config::file::Table;
use crate::config::file::Text;
use crate::config::read_limited;
use crate::digest::Templates;

/// Bytes of one template or file of words; ours have 4 KiB.
const FILE_LIMIT_BYTES: u64 = 256 * 1024;
/// Files in the folder: three templates and every language there is.
const FILES_MAX: usize = 256;
/// Endings of what is read; editors leave other files beside them.
const ENDINGS: [&str; 3] = ["html", "txt", "toml"];

/// Ours, with the files of the folder over them once they were tried.
pub(crate) fn templates(top: &Table<'_>, report: &mut Report) -> Templates {
    let mail = top
        .value("mail")
        .and_then(|mail| Some((mail.span(), mail.get_ref().as_table()?)));
    let folder =
        mail.and_then(|(place, entries)| Table::unchecked(entries, place).text("templates", "mail-templates", report));
    let Some(folder) = folder else {
        return Templates::default();
    };
    let path = report.folder().join(&folder.value);
    let files = read_folder(&path, &folder);
    let Some(files) = report.keep(&folder.place, files) else {
        return Templates::default();
    };
    Templates::with_files(&files).unwrap_or_else(|errors| {
        for error in errors {
            report.error(&folder.place, path.join(error.to_string()).display().to_string());
        }
        Templates::default()
    })
}

/// The files of the folder with their names, in the order of their names.
fn read_folder(path: &Path, folder: &Text) -> Result<Vec<(String, String)>, String> {
    let wrong = |reason: String| format!("templates \"{}\": {reason}", folder.value);
    let unreadable = |error: std::io::Error| wrong(format!("cannot be read: {error}; name a folder with templates"));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        let is_ours = Path::new(&name)
            .extension()
            .is_some_and(|ending| ENDINGS.iter().any(|own| ending == *own));
        if is_ours && names.len() < FILES_MAX {
            names.push(name);
        }
    }
    names.sort();
    let file = |name: std::ffi::OsString| {
        let text = read_limited(&path.join(&name), FILE_LIMIT_BYTES)
            .map_err(|reason| wrong(format!("{} {reason}", name.display())))?;
        Ok((name.to_string_lossy().into_owned(), text))
    };
    names.into_iter().map(file).collect()
}
