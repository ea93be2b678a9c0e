//! Which of many texts may begin like a given one, without comparing all of them.
//!
//! Keeps a quarter of the word groups, 8 bytes each: about 320 bytes a story, 32 MB for 100,000. Never holds a text.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::dedup::StoryId;
use crate::dedup::similar::Appearance;
use crate::dedup::similar::Beginning;

/// Kept groups that a candidate shares.
const SHARED_MIN: u16 = 2;
/// How much of the shorter sample that must be. Texts of one language share 3 % by chance; copies that put 100 words of their
/// own before the text share 35 %.
const SHARE_MIN: f64 = 0.15;
/// A group in this many texts of one site is part of the site's template.
const TEMPLATE_TEXTS: u32 = 4;
/// How much of the shared groups must be no template.
const FRESH_MIN: f64 = 0.6;
/// Texts looked at for one group; what more texts share tells nothing.
const TEXTS_PER_GROUP_MAX: usize = 512;
/// Candidates answered, the likeliest first: half as many again as the widest syndication measured (under 20 sites).
const CANDIDATES_MAX: usize = 32;
/// In a posting, whether the group is part of its site's template.
const TEMPLATE: u32 = 1 << 31;
/// The first bits of a group, by which its postings are found.
const BUCKET_BITS: u32 = 16;

/// The beginnings of many texts.
#[derive(Debug, Default)]
pub struct Index {
    texts: Vec<Text>,
    /// By text.
    sites: Vec<u32>,
    names: HashMap<String, u32>,
    /// The groups that are kept, sorted; all of them where it is none.
    wanted: Option<Vec<u32>>,
    /// Group, and place in `texts` with `TEMPLATE`; sorted by [`Index::sort`].
    postings: Vec<(u32, u32)>,
    /// Where the postings of each bucket start.
    buckets: Vec<u32>,
}

#[derive(Debug)]
struct Text {
    id: StoryId,
    at: Timestamp,
    /// Groups of its sample, kept or not.
    sampled: u16,
}

/// Groups that a text has in common with the one asked about.
#[derive(Clone, Copy, Debug, Default)]
struct Shared {
    all: u16,
    /// Those that are no site's template.
    fresh: u16,
}

impl Index {
    /// An index of these texts.
    ///
    /// Cost: about 0.015 ms a text with reading it, most of that for its word groups.
    pub fn build<'a>(appearances: impl IntoIterator<Item = &'a Appearance>) -> Self {
        let mut index = Self::default();
        for appearance in appearances {
            index.add(appearance);
        }
        index.sort();
        index
    }

    /// An empty index that keeps of other texts only what `asked` have, for questions about those.
    ///
    /// Memory: 32 bytes a text, and 8 for each group that it shares with one of `asked`.
    pub fn for_questions<'a>(asked: impl IntoIterator<Item = &'a Appearance>) -> Self {
        let mut wanted: Vec<u32> = asked.into_iter().flat_map(|one| one.lede.sample()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let wanted = Some(wanted);
        Self {
            wanted,
            ..Self::default()
        }
    }

    /// Adds one text. It is found after [`Index::sort`].
    pub fn add(&mut self, appearance: &Appearance) {
        let sample: Vec<u32> = appearance.lede.sample().collect();
        self.put(appearance.id, &appearance.site, appearance.at, &sample);
    }

    /// Adds one text of which only the beginning was read. It is found after [`Index::sort`].
    pub fn add_beginning(&mut self, beginning: &Beginning) {
        self.put(beginning.id, &beginning.site, beginning.at, &beginning.sample);
    }

    fn put(&mut self, id: StoryId, site: &str, at: Timestamp, sample: &[u32]) {
        let place = u32::try_from(self.texts.len()).unwrap_or(u32::MAX) & !TEMPLATE;
        let kept = self.postings.len();
        match &self.wanted {
            Some(wanted) => {
                let is_wanted = |group: &&u32| wanted.binary_search(group).is_ok();
                self.postings
                    .extend(sample.iter().filter(is_wanted).map(|group| (*group, place)));
            }
            None => self.postings.extend(sample.iter().map(|group| (*group, place))),
        }
        if self.wanted.is_some() && self.postings.len() == kept {
            return;
        }
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let number = match self.names.get(site) {
            Some(number) => *number,
            None => *self.names.entry(site.to_owned()).or_insert(next),
        };
        let sampled = u16::try_from(sample.len()).unwrap_or(u16::MAX);
        self.texts.push(Text { id, at, sampled });
        self.sites.push(number);
    }

    /// Puts added texts in their place.
    pub fn sort(&mut self) {
        for posting in &mut self.postings {
            posting.1 &= !TEMPLATE;
        }
        self.postings.sort_unstable();
        self.mark_templates();
        self.buckets.clear();
        for bucket in 0..=1_u32 << BUCKET_BITS {
            let from = self.buckets.last().copied().unwrap_or(0);
            let rest = &self.postings[from as usize..];
            let below = |posting: &(u32, u32)| posting.0 >> (u32::BITS - BUCKET_BITS) < bucket;
            let count = rest.iter().take_while(|posting| below(posting)).count();
            self.buckets.push(from + u32::try_from(count).unwrap_or(u32::MAX));
        }
    }

    /// Marks the postings of groups that a site prints into many of its texts.
    fn mark_templates(&mut self) {
        let mut by_site = vec![0_u32; self.names.len()];
        let sites = &self.sites;
        for run in self.postings.chunk_by_mut(|one, next| one.0 == next.0) {
            if run.len() < TEMPLATE_TEXTS as usize {
                continue;
            }
            for (_, place) in run.iter() {
                by_site[sites[*place as usize] as usize] += 1;
            }
            for (_, place) in run.iter_mut() {
                if by_site[sites[*place as usize] as usize] >= TEMPLATE_TEXTS {
                    *place |= TEMPLATE;
                }
            }
            for (_, place) in run.iter() {
                by_site[sites[(*place & !TEMPLATE) as usize] as usize] = 0;
            }
        }
    }

    /// For questions to this index: keeps a table of 4 bytes a text between them.
    pub fn search(&self) -> Search<'_> {
        Search {
            index: self,
            shared: vec![Shared::default(); self.texts.len()],
            touched: Vec::new(),
        }
    }

    /// Bytes that the index holds, without the allocator's own.
    pub fn bytes(&self) -> usize {
        self.texts.capacity() * size_of::<Text>()
            + self.sites.capacity() * size_of::<u32>()
            + self.postings.capacity() * size_of::<(u32, u32)>()
            + self.buckets.capacity() * size_of::<u32>()
    }

    fn texts_with(&self, group: u32) -> &[(u32, u32)] {
        let bucket = (group >> (u32::BITS - BUCKET_BITS)) as usize;
        let (Some(start), Some(end)) = (self.buckets.get(bucket), self.buckets.get(bucket + 1)) else {
            return &[];
        };
        let postings = &self.postings[*start as usize..*end as usize];
        let start = postings.partition_point(|(other, _)| *other < group);
        let rest = &postings[start..];
        let looked_at = &rest[..rest.len().min(TEXTS_PER_GROUP_MAX)];
        let count = looked_at.partition_point(|(other, _)| *other == group);
        &looked_at[..count]
    }
}

/// Asks an index.
#[derive(Debug)]
pub struct Search<'a> {
    index: &'a Index,
    /// By text; all zero between two questions.
    shared: Vec<Shared>,
    touched: Vec<u32>,
}

impl Search<'_> {
    /// Texts on other sites and near in time that may begin as this one does, the likeliest first.
    ///
    /// Cost: about 0.05 ms among 100,000 texts.
    pub fn candidates(&mut self, appearance: &Appearance) -> Vec<StoryId> {
        let index = self.index;
        let own_site = index.names.get(&appearance.site).copied();
        let mut own_sampled = 0_u16;
        for group in appearance.lede.sample() {
            own_sampled += 1;
            let postings = index.texts_with(group);
            let is_own_template = postings
                .iter()
                .filter(|(_, place)| place & TEMPLATE != 0)
                .any(|(_, place)| Some(index.sites[(place & !TEMPLATE) as usize]) == own_site);
            for (_, place) in postings {
                let text = place & !TEMPLATE;
                let counts = &mut self.shared[text as usize];
                if counts.all == 0 {
                    self.touched.push(text);
                }
                counts.all += 1;
                counts.fresh += u16::from(!is_own_template && place & TEMPLATE == 0);
            }
        }
        let mut candidates: Vec<(u16, u32)> = Vec::new();
        for place in self.touched.drain(..) {
            let counts = std::mem::take(&mut self.shared[place as usize]);
            if counts.fresh < SHARED_MIN || f64::from(counts.fresh) < FRESH_MIN * f64::from(counts.all) {
                continue;
            }
            let text = &index.texts[place as usize];
            let is_enough = f64::from(counts.all) >= SHARE_MIN * f64::from(own_sampled.min(text.sampled));
            let is_near = || appearance.at.duration_since(text.at).unsigned_abs() <= super::APART_MAX;
            let is_elsewhere = || text.id != appearance.id && Some(index.sites[place as usize]) != own_site;
            if is_enough && is_elsewhere() && is_near() {
                candidates.push((counts.all, place));
            }
        }
        let id = |place: u32| index.texts[place as usize].id;
        candidates.sort_unstable_by_key(|(all, place)| (std::cmp::Reverse(*all), id(*place)));
        candidates.truncate(CANDIDATES_MAX);
        candidates.into_iter().map(|(_, place)| id(place)).collect()
    }
}
