//! The addresses that one fetch goes through: the feed's own, and where redirects lead.

use reqwest::Response;
use reqwest::header;
use url::Url;

use crate::feed::FailureCause;
use crate::feed::FetchFailure;
use crate::fetch::failure::failure;
use crate::fetch::failure::shown;
use crate::fetch::failure::without_user;

/// Hops of one fetch; browsers stop at 20, feeds in the wild need at most 4.
const REDIRECTS_MAX: usize = 10;

/// The addresses of one fetch, the present one last.
#[derive(Debug)]
pub(super) struct Trail {
    first: Url,
    later: Vec<Url>,
    /// How many of the first redirects were permanent.
    lasting: usize,
}

impl Trail {
    pub(super) fn new(url: &Url) -> Self {
        Self {
            first: url.clone(),
            later: Vec::new(),
            lasting: 0,
        }
    }

    /// The present address.
    pub(super) fn url(&self) -> &Url {
        self.later.last().unwrap_or(&self.first)
    }

    /// The addresses before it.
    pub(super) fn before(&self) -> impl Iterator<Item = &Url> {
        let count = self.later.len();
        std::iter::once(&self.first).chain(&self.later).take(count)
    }

    /// Goes on to `next`, by a redirect that is permanent or not.
    ///
    /// # Errors
    /// When it was there before, or has gone too far.
    pub(super) fn go(&mut self, next: Url, is_lasting: bool) -> Result<(), FetchFailure> {
        if *self.url() == next || self.before().any(|known| *known == next) {
            let what = format!("redirects in a circle by way of {}; check the address", shown(&next));
            return Err(failure(FailureCause::Redirect, &self.first, &what));
        }
        if self.later.len() >= REDIRECTS_MAX {
            let what = format!("more than {REDIRECTS_MAX} redirects; check the address");
            return Err(failure(FailureCause::Redirect, &self.first, &what));
        }
        if is_lasting && self.lasting == self.later.len() {
            self.lasting += 1;
        }
        self.later.push(next);
        Ok(())
    }

    /// Where the permanent redirects lead that came first (RFC 9110 sections 15.4.2 and 15.4.9); none where that is less safe than
    /// the feed's own address.
    pub(super) fn moved_to(&self) -> Option<Url> {
        let to = self.later.get(self.lasting.checked_sub(1)?)?;
        let is_as_safe = to.scheme() == "https" || self.first.scheme() == "http";
        is_as_safe.then(|| to.clone())
    }
}

/// Where the response sends us; none where it is an answer.
pub(super) fn redirect(url: &Url, response: &Response) -> Result<Option<Url>, FetchFailure> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let refused = |target: &str| {
        let what = format!("redirects to {target}, which is no http or https address; check the address");
        failure(FailureCause::Redirect, url, &what)
    };
    // Some servers write the bytes of UTF-8 into it.
    let location = response
        .headers()
        .get(header::LOCATION)
        .map(|location| location.as_bytes())
        .unwrap_or_default();
    let location = String::from_utf8_lossy(location);
    if location.is_empty() {
        return Err(refused("nowhere"));
    }
    match url.join(&location) {
        Ok(next) if matches!(next.scheme(), "http" | "https") => Ok(Some(without_user(next))),
        Ok(next) => Err(refused(&format!("a {}: address", next.scheme()))),
        Err(error) => Err(refused(&format!("something unreadable ({error})"))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn nobody_is_told_to_move_to_a_less_safe_address() {
        let moved_to = |urls: &[&str]| {
            let urls: Vec<Url> = urls.iter().map(|url| Url::parse(url).unwrap()).collect();
            let (first, later) = urls.split_first().unwrap();
            let mut trail = Trail::new(first);
            later.iter().for_each(|url| trail.go(url.clone(), true).unwrap());
            trail.moved_to().map(String::from)
        };
        let (safe, plain) = ("https://a.example/", "http://a.example/");
        assert_eq!(moved_to(&[plain, safe]).as_deref(), Some(safe));
        assert_eq!(
            moved_to(&[plain, "http://b.example/"]).as_deref(),
            Some("http://b.example/")
        );
        assert_eq!(
            moved_to(&[safe, "https://b.example/"]).as_deref(),
            Some("https://b.example/")
        );
        assert_eq!(moved_to(&[safe, plain]), None);
    }
}
