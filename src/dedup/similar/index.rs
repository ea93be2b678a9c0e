//! Which of many texts may begin like a given one, without comparing all of them.
//!
//! Keeps a quarter of the word groups, 8 bytes each: about 320 bytes a story, 32 MB for 100,000. Never holds a text.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::dedup::StoryId;
use crate::dedup::similar::Appearance;

/// One group in four is kept: enough to find every pair that shares thirty.
const SAMPLE_MASK: u32 = 3;
/// Kept groups that a candidate shares.
const SHARED_MIN: usize = 2;
/// A group in this many texts of one site is part of the site's template.
const TEMPLATE_TEXTS: usize = 4;
/// How much of the shared groups must be no template.
const FRESH_MIN: f64 = 0.6;
/// Texts looked at for one group; what more texts share tells nothing.
const TEXTS_PER_GROUP_MAX: usize = 512;
/// Candidates answered, the likeliest first: the widest syndication measured is under 20 sites.
const CANDIDATES_MAX: usize = 64;

/// The beginnings of many texts.
#[derive(Debug, Default)]
pub struct Index {
    texts: Vec<Text>,
    sites: HashMap<String, u32>,
    /// Group and place in `texts`; sorted by [`Index::build`].
    postings: Vec<(u32, u32)>,
}

#[derive(Debug)]
struct Text {
    id: StoryId,
    site: u32,
    at: Timestamp,
}

impl Index {
    /// An index of these texts.
    ///
    /// Cost: about 5 us a text.
    pub fn build<'a>(appearances: impl IntoIterator<Item = &'a Appearance>) -> Self {
        let mut index = Self::default();
        for appearance in appearances {
            index.add(appearance);
        }
        index.sort();
        index
    }

    /// Adds one text. It is found after [`Index::sort`].
    pub fn add(&mut self, appearance: &Appearance) {
        let next = u32::try_from(self.sites.len()).unwrap_or(u32::MAX);
        let site = *self.sites.entry(appearance.site.clone()).or_insert(next);
        let place = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(Text {
            id: appearance.id,
            site,
            at: appearance.at,
        });
        let kept = appearance.lede.groups.iter().filter(|group| **group & SAMPLE_MASK == 0);
        self.postings.extend(kept.map(|group| (*group, place)));
    }

    /// Puts added texts in their place.
    pub fn sort(&mut self) {
        self.postings.sort_unstable();
    }

    /// Texts on other sites and near in time that may begin as this one does, the likeliest first.
    ///
    /// Cost: about 50 us among 100,000 texts.
    pub fn candidates(&self, appearance: &Appearance) -> Vec<StoryId> {
        let own_site = self.sites.get(&appearance.site).copied();
        let mut shared: HashMap<u32, (usize, usize)> = HashMap::new();
        for group in appearance.lede.groups.iter().filter(|group| **group & SAMPLE_MASK == 0) {
            let texts = self.texts_with(*group);
            let by_site = texts_by_site(&self.texts, texts);
            let is_template = |site: u32| by_site.get(&site).is_some_and(|count| *count >= TEMPLATE_TEXTS);
            let is_own_template = own_site.is_some_and(is_template);
            for (_, place) in texts {
                let Some(text) = self.texts.get(*place as usize) else {
                    continue;
                };
                let counts = shared.entry(*place).or_default();
                counts.0 += 1;
                counts.1 += usize::from(!is_own_template && !is_template(text.site));
            }
        }
        let mut candidates: Vec<(usize, &Text)> = shared
            .into_iter()
            .filter(|(_, (all, fresh))| *fresh >= SHARED_MIN && *fresh as f64 >= FRESH_MIN * *all as f64)
            .filter_map(|(place, (all, _))| Some((all, self.texts.get(place as usize)?)))
            .filter(|(_, text)| text.id != appearance.id && Some(text.site) != own_site)
            .filter(|(_, text)| appearance.at.duration_since(text.at).unsigned_abs() <= super::APART_MAX)
            .collect();
        candidates.sort_by_key(|(all, text)| (std::cmp::Reverse(*all), text.id));
        candidates.truncate(CANDIDATES_MAX);
        candidates.into_iter().map(|(_, text)| text.id).collect()
    }

    /// Bytes that the index holds, without the allocator's own.
    pub fn bytes(&self) -> usize {
        self.texts.capacity() * size_of::<Text>() + self.postings.capacity() * size_of::<(u32, u32)>()
    }

    fn texts_with(&self, group: u32) -> &[(u32, u32)] {
        let start = self.postings.partition_point(|(other, _)| *other < group);
        let rest = &self.postings[start..];
        let looked_at = &rest[..rest.len().min(TEXTS_PER_GROUP_MAX)];
        let count = looked_at.iter().take_while(|(other, _)| *other == group).count();
        &looked_at[..count]
    }
}

fn texts_by_site(texts: &[Text], with: &[(u32, u32)]) -> HashMap<u32, usize> {
    let mut by_site = HashMap::new();
    for text in with.iter().filter_map(|(_, place)| texts.get(*place as usize)) {
        *by_site.entry(text.site).or_default() += 1;
    }
    by_site
}
