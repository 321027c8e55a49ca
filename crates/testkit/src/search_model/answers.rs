//! Answers, by looking at every row.

use std::collections::{BTreeMap, BTreeSet};

use atoll_oci::{Digest, MediaType, Platform, Repository};
use atoll_placement::Shard;
use atoll_search::{KnownManifest, KnownTag, Told, rank};
use atoll_service::{
    Description, Filter, ImageHit, ImageHits, ImageKey, ImageSummary, LeafImages, LeafRepositories,
    ManifestSummary, Marks, Match, MatchImages, RepositoryHit, RepositoryHits, RepositorySummary,
    SignatureSummary, Sort, SortValue, Stretch, Texts, ToldTime, Want, compare,
};

use super::world::{Place, Shown, World};

/// A row that matches: where, which tag, and what of it.
struct Row<'a> {
    name: &'a Repository,
    place: &'a Place,
    tag: &'a KnownTag,
    top: &'a KnownManifest,
    shown: Vec<Shown<'a>>,
    only: Vec<Digest>,
}

impl World {
    /// Repositories of these shards that match.
    pub fn repositories(&self, shards: &[Shard], request: &LeafRepositories) -> RepositoryHits {
        let mut faults = BTreeSet::new();
        let mut hits = Vec::new();
        for (name, place) in &self.0 {
            let rank = match &request.find {
                Match::Words(words) if place.images().next().is_some() => rank(words, name.as_str()),
                Match::Words(_) => None,
                Match::Names(names) => names.contains(name).then_some(0),
            };
            let Some(rank) = rank.filter(|_| is_seen(shards, &request.visibility, (name, place))) else {
                continue;
            };
            if let Some((tag, top)) = place.newest() {
                faults.extend(faults_of(name, tag, &place.shown(top)));
            }
            if !place.passes(name, &request.filter, &request.marks) {
                continue;
            }
            let summary = place.summary(name, (rank, request.want), &request.marks);
            let value = match request.sort {
                Sort::Relevance => SortValue(i128::from(rank)),
                Sort::Updated => time_value(summary.last_updated.as_ref()),
                Sort::Downloads => SortValue(-i128::from(summary.downloads)),
                Sort::NameAscending | Sort::NameDescending => SortValue(0),
            };
            hits.push(RepositoryHit {
                value,
                repository: name.clone(),
                rank,
                summary: Some(Description::ready(summary)),
            });
        }
        hits.sort_by(|left, right| {
            compare(
                request.sort,
                (left.value, &left.repository, None, None),
                (right.value, &right.repository, None, None),
            )
        });
        let total = hits.len() as u64;
        let hits = part(hits, request.stretch, |hit| hit.summary = None);
        RepositoryHits { total, hits, faults: faults.into_iter().collect() }
    }

    /// Images of these shards that match.
    pub fn images(&self, shards: &[Shard], request: &LeafImages) -> ImageHits {
        let mut faults = BTreeSet::new();
        let mut hits = Vec::new();
        for (name, place) in self.0.iter().filter(|found| is_seen(shards, &request.visibility, *found)) {
            for (tag, top) in place.images() {
                let Some(row) = matching(&request.find, (name, place), (tag, top)) else { continue };
                faults.extend(faults_of(name, tag, &row.shown));
                let is_signed = !place.signatures(&top.digest).is_empty();
                let platforms: Vec<&Platform> = row.shown.iter().map(|shown| &shown.platform).collect();
                if (request.filter.signed && !is_signed) || !runs(&request.filter, &platforms) {
                    continue;
                }
                let summary = row.summary();
                let value = match request.sort {
                    Sort::Updated => time_value(summary.last_updated.as_ref()),
                    Sort::Downloads => SortValue(-i128::from(summary.downloads)),
                    _ => SortValue(0),
                };
                let (tag, digest) = (tag.tag.clone(), top.digest);
                let key = ImageKey { repository: name.clone(), tag, digest, only: row.only };
                hits.push(ImageHit { value, key, summary: Some(Description::ready(summary)) });
            }
        }
        hits.sort_by(|left, right| {
            let place = |hit: &'_ ImageHit| (hit.value, hit.key.clone());
            let (left, right) = (place(left), place(right));
            compare(
                request.sort,
                (left.0, &left.1.repository, Some(&left.1.tag), Some(&left.1.digest)),
                (right.0, &right.1.repository, Some(&right.1.tag), Some(&right.1.digest)),
            )
        });
        let total = hits.len() as u64;
        let hits = part(hits, request.stretch, |hit| hit.summary = None);
        ImageHits { total, hits, faults: faults.into_iter().collect() }
    }
}

/// A stretch of a list, without the descriptions that are not asked for.
fn part<T>(hits: Vec<T>, stretch: Stretch, strip: impl Fn(&mut T)) -> Vec<T> {
    let mut hits: Vec<T> = hits.into_iter().skip(many(stretch.skip)).take(many(stretch.take)).collect();
    for (hit, before) in hits.iter_mut().zip(stretch.skip..) {
        if !stretch.describes(before) {
            strip(hit);
        }
    }
    hits
}

fn many(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

fn is_seen(
    shards: &[Shard],
    visibility: &atoll_service::Visibility,
    (name, place): (&Repository, &Place),
) -> bool {
    shards.contains(&place.shard) && visibility.admits(name)
}

fn time_value(time: Option<&ToldTime>) -> SortValue {
    time.map_or(SortValue::LAST, |time| SortValue(-time.instant_nanos))
}

fn faults_of(name: &Repository, tag: &KnownTag, shown: &[Shown<'_>]) -> Vec<String> {
    let excess = shown.iter().filter(|shown| shown.known.front.has_excess_history);
    let sentence = |shown: &Shown<'_>| {
        format!(
            "error generating history on tag {} in repo {name}: manifest digest: {}, error: manifest layers count doesn't correspond to config history",
            tag.tag, shown.known.digest
        )
    };
    excess.map(sentence).collect()
}

fn runs(filter: &Filter, platforms: &[&Platform]) -> bool {
    let fits = |words: &Option<Vec<String>>, found: String| match words {
        None => true,
        Some(words) => words.is_empty() || words.contains(&found.to_lowercase()),
    };
    if filter.os.is_none() && filter.arch.is_none() {
        return true;
    }
    platforms.iter().any(|platform| {
        let arch = match platform.variant.as_str() {
            "" => platform.architecture.clone(),
            variant => format!("{}/{variant}", platform.architecture),
        };
        fits(&filter.os, platform.os.clone()) && fits(&filter.arch, arch)
    })
}

/// The part of an image that a question is about; `None` if it is not about it.
fn matching<'a>(
    find: &MatchImages,
    (name, place): (&'a Repository, &'a Place),
    (tag, top): (&'a KnownTag, &'a KnownManifest),
) -> Option<Row<'a>> {
    let all = place.shown(top);
    let text = tag.tag.as_str().to_lowercase();
    let keep = |keep: &dyn Fn(&KnownManifest) -> bool| -> Option<Vec<Shown<'a>>> {
        let kept: Vec<Shown<'a>> = all.iter().filter(|shown| keep(shown.known)).cloned().collect();
        (!kept.is_empty()).then_some(kept)
    };
    let layers = |known: &KnownManifest| -> Vec<Digest> {
        known.front.layers.iter().map(|layer| layer.digest).collect()
    };
    let shown = match find {
        MatchImages::All if !all.is_empty() => all.clone(),
        MatchImages::InRepository(repository) if repository == name && !all.is_empty() => all.clone(),
        MatchImages::TagBeginsWith { repository, prefix } if repository == name => {
            let is_exact = |tag: &KnownTag| tag.tag.as_str().starts_with(prefix);
            let fits = if place.images().any(|(tag, _)| is_exact(tag)) {
                is_exact(tag)
            } else {
                text.starts_with(&prefix.to_lowercase())
            };
            fits.then(|| all.clone())?
        }
        MatchImages::TagContains(part) if text.contains(part) => all.clone(),
        MatchImages::DigestContains(part) if top.front.is_index && top.digest.to_string() == *part => {
            all.clone()
        }
        MatchImages::DigestContains(part) => keep(&|known| {
            let config = known.front.config.iter().map(|config| config.digest);
            let mut digests = config.chain(layers(known)).chain([known.digest]);
            digests.any(|digest| digest.to_string().contains(part))
        })?,
        MatchImages::DerivedFrom(of) if of.digest != Some(top.digest) => keep(&|known| {
            let is_own = of.manifests.iter().any(|(digest, _)| *digest == known.digest);
            let begins = |begin: &Vec<Digest>| !begin.is_empty() && layers(known).starts_with(begin);
            !is_own && of.manifests.iter().any(|(_, begin)| begins(begin))
        })?,
        MatchImages::BaseOf(of) if of.digest != Some(top.digest) => keep(&|known| {
            let own = layers(known);
            let is_own = of.manifests.iter().any(|(digest, _)| *digest == known.digest);
            !is_own && !own.is_empty() && of.manifests.iter().any(|(_, whole)| whole.starts_with(&own))
        })?,
        MatchImages::Manifests(digests) => keep(&|known| digests.contains(&known.digest))?,
        _ => return None,
    };
    let is_part = top.front.is_index && shown.len() < all.len();
    let only = if is_part { shown.iter().map(|shown| shown.known.digest).collect() } else { Vec::new() };
    Some(Row { name, place, tag, top, shown, only })
}

/// When an image says it was made.
fn made(top: &KnownManifest, shown: &[Shown<'_>]) -> Option<Told> {
    if top.front.created.is_some() {
        return top.front.created;
    }
    let times: Vec<Told> = shown.iter().filter_map(|shown| shown.known.front.created).collect();
    let latest = times.iter().map(|told| told.instant_nanos()).max();
    times.into_iter().find(|told| Some(told.instant_nanos()) == latest)
}

impl Row<'_> {
    fn summary(&self) -> ImageSummary {
        let signatures = self.place.told_signatures(&self.top.digest);
        let size = |shown: &Shown<'_>| shown.known.front.content_size();
        ImageSummary {
            repository: self.name.clone(),
            tag: self.tag.tag.clone(),
            digest: self.top.digest,
            media_type: if self.top.front.is_index { MediaType::OCI_INDEX } else { MediaType::OCI_MANIFEST }
                .into(),
            manifests: self.shown.iter().map(|shown| self.place.manifest(shown)).collect(),
            size: self.shown.iter().map(size).sum(),
            downloads: self.top.pulls,
            last_pulled_at: Some(self.top.last_pulled_at),
            pushed_at: Some(self.top.pushed_at),
            pushed_by: self.top.pushed_by.clone(),
            tagged_at: Some(self.tag.tagged_at),
            last_updated: made(self.top, &self.shown).map(ToldTime::from),
            texts: Texts::default(),
            is_signed: !signatures.is_empty(),
            signatures,
            referrers: Vec::new(),
            artifact_type: self.top.front.artifact_type.clone(),
        }
    }
}

impl Place {
    fn manifest(&self, shown: &Shown<'_>) -> ManifestSummary {
        let front = &shown.known.front;
        ManifestSummary {
            digest: shown.known.digest,
            config_digest: front.config.map(|config| config.digest),
            last_updated: front.created.map(ToldTime::from),
            size: front.content_size(),
            signatures: self.told_signatures(&shown.known.digest),
            platform: shown.platform.clone(),
            downloads: shown.known.pulls,
            layers: Vec::new(),
            history: Vec::new(),
            referrers: Vec::new(),
            artifact_type: front.artifact_type.clone(),
        }
    }

    fn told_signatures(&self, digest: &Digest) -> Vec<SignatureSummary> {
        let told = |tool: atoll_search::Tool| SignatureSummary {
            tool: tool.name().to_owned(),
            is_trusted: false,
            author: String::new(),
        };
        self.signatures(digest).into_iter().map(told).collect()
    }

    /// The image whose config is the newest; of equal ones the one that was tagged first.
    fn newest(&self) -> Option<(&KnownTag, &KnownManifest)> {
        let config_time = |top: &KnownManifest| {
            let times = self.shown(top).into_iter().filter_map(|shown| shown.known.front.config_created);
            times.map(Told::instant_nanos).max()
        };
        let mut images: Vec<_> = self.images().collect();
        images.sort_by_key(|(tag, _)| (tag.updated_at, tag.tag.clone()));
        images.reverse();
        images.into_iter().max_by_key(|(_, top)| config_time(top))
    }

    fn passes(&self, name: &Repository, filter: &Filter, marks: &Marks) -> bool {
        let newest_is_signed = self.newest().is_some_and(|(_, top)| !self.signatures(&top.digest).is_empty());
        let platforms = self.platforms();
        filter.starred.is_none_or(|wanted| wanted == marks.starred.contains(name))
            && filter.bookmarked.is_none_or(|wanted| wanted == marks.bookmarked.contains(name))
            && (!filter.signed || newest_is_signed)
            && runs(filter, &platforms.iter().collect::<Vec<_>>())
    }

    fn platforms(&self) -> BTreeSet<Platform> {
        let shown = self.images().flat_map(|(_, top)| self.shown(top));
        let known = |platform: &Platform| !platform.os.is_empty() || !platform.architecture.is_empty();
        shown.map(|shown| shown.platform).filter(known).collect()
    }

    fn summary(&self, name: &Repository, (rank, want): (i32, Want), marks: &Marks) -> RepositorySummary {
        let newest = self.newest().map(|(tag, top)| {
            Row { name, place: self, tag, top, shown: self.shown(top), only: Vec::new() }.summary()
        });
        let told = newest.as_ref().and_then(|newest| newest.last_updated.clone());
        let tagged = self.images().map(|(tag, _)| ToldTime::from(Told::at(tag.tagged_at.0)));
        let tagged = tagged.max_by_key(|tagged| tagged.instant_nanos);
        let instant = |time: &Option<ToldTime>| time.as_ref().map(|time| time.instant_nanos);
        let vendors =
            self.images().flat_map(|(_, top)| self.shown(top)).map(|shown| shown.known.front.vendor.clone());
        let pulled: BTreeMap<Digest, u64> = self.images().map(|(_, top)| (top.digest, top.pulls)).collect();
        RepositorySummary {
            name: name.clone(),
            last_updated: if instant(&tagged) > instant(&told) { tagged } else { told },
            size: self.size(),
            platforms: self.platforms().into_iter().collect(),
            vendors: vendors
                .filter(|vendor| !vendor.is_empty())
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            newest: newest.filter(|_| want.newest).map(Box::new),
            downloads: pulled.values().sum(),
            stars: self.stars,
            is_starred: marks.starred.contains(name),
            is_bookmarked: marks.bookmarked.contains(name),
            rank,
        }
    }

    fn size(&self) -> u64 {
        let mut sizes: BTreeMap<Digest, u64> = BTreeMap::new();
        let mut open: Vec<&KnownManifest> = self.images().map(|(_, top)| top).collect();
        while let Some(known) = open.pop() {
            let front = &known.front;
            let blobs = front.config.iter().chain(&front.layers).map(|blob| (blob.digest, blob.size));
            for (digest, size) in blobs.chain([(known.digest, front.size)]) {
                let largest = sizes.entry(digest).or_default();
                *largest = size.max(*largest);
            }
            open.extend(front.children.iter().filter_map(|child| self.manifests.get(&child.digest)));
        }
        sizes.values().sum()
    }
}
