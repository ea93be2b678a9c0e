//! The address of a feed, as people write it.
//!
//! Owns the schemes that are polled and what a relative path means. Never asks an address.

use std::path::Path;

use url::Url;
use url::form_urlencoded;

use crate::feed::Credentials;

/// An address without its user and password, and those.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) url: Url,
    pub(crate) credentials: Option<Credentials>,
}

impl Address {
    /// The password that stood in the address.
    pub(crate) fn password(&self) -> Option<&str> {
        let credentials = self.credentials.as_ref()?;
        Some(credentials.password.as_str()).filter(|password| !password.is_empty())
    }
}

/// An http, https or file address; `file:` and bare paths start from `folder`, which is absolute.
///
/// # Errors
/// What is wrong with it, and what to write.
pub(crate) fn feed_address(text: &str, folder: &Path) -> Result<Address, String> {
    let text = text.trim();
    if let Some(path) = text.strip_prefix("file:")
        && !path.starts_with("//")
    {
        return of_file(path, folder);
    }
    match Url::parse(text) {
        Ok(url) => match url.scheme() {
            "http" | "https" | "file" => Ok(without_user(url)),
            scheme if text.contains("://") => Err(format!(
                "feed \"{text}\": \"{scheme}\" is no scheme that kabar polls; write http, https or file"
            )),
            _ => Err(no_scheme(text)),
        },
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            let looks_like_path = text.starts_with(['/', '.']) || folder.join(text).is_file();
            if looks_like_path {
                of_file(text, folder)
            } else {
                Err(no_scheme(text))
            }
        }
        Err(error) => Err(format!(
            "feed \"{text}\" is no address ({error}); write https://HOST/PATH"
        )),
    }
}

fn no_scheme(text: &str) -> String {
    format!("feed \"{text}\" is neither a web address nor a file here; write \"https://{text}\"")
}

fn of_file(path: &str, folder: &Path) -> Result<Address, String> {
    Url::from_file_path(folder.join(path))
        .map(|url| Address { url, credentials: None })
        .map_err(|()| format!("feed \"{path}\" is no path; write \"file:\" and a path from this file's folder"))
}

fn without_user(mut url: Url) -> Address {
    let credentials = (!url.username().is_empty()).then(|| Credentials {
        user: percent_decoded(url.username()),
        password: percent_decoded(url.password().unwrap_or_default()),
    });
    // No server sees it: with and without it is one feed.
    url.set_fragment(None);
    // Both answer an error only for addresses that cannot have a user, which then have none.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    Address { url, credentials }
}

/// The user or password of an address, `%40` read as `@`.
pub(crate) fn percent_decoded(text: &str) -> String {
    // The form decoder reads `+`, `&` and `=` as its own; in a user name they are themselves.
    let guarded = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(guarded.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}
