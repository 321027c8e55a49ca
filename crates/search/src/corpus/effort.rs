//! How many rows a question looks at: a bound that is told at once, for whoever decides where the question is answered.

use atoll_oci::{Digest, Repository};
use atoll_service::{Filter, Layers, LeafImages, LeafRepositories, Match, MatchImages, Visibility};

use super::Corpus;

impl Corpus {
    /// How many repositories a question may look at, beside those that it describes.
    pub fn repositories_looked_at(&self, request: &LeafRepositories) -> usize {
        let looked_at = match &request.find {
            Match::Names(names) => names.len(),
            Match::Words(words) => match words.trim_matches('/').rsplit('/').next() {
                // What contains all words contains the last.
                Some(word) if !word.is_empty() => self.grams.most(word).unwrap_or(self.repositories.len()),
                _ if is_plain(&request.filter, &request.visibility) => 0,
                _ => self.repositories.len(),
            },
        };
        looked_at.saturating_add(self.faulty.len())
    }

    /// How many images a question may look at, beside those that it describes.
    pub fn images_looked_at(&self, request: &LeafImages) -> usize {
        let looked_at = match &request.find {
            MatchImages::All if is_plain(&request.filter, &request.visibility) => 0,
            MatchImages::All | MatchImages::TagContains(_) => self.images.len(),
            MatchImages::InRepository(repository) | MatchImages::TagBeginsWith { repository, .. } => {
                self.tags_in(repository)
            }
            MatchImages::DigestContains(text) => match text.parse() {
                Ok(digest) => self.manifests_with(&digest),
                Err(_part) => self.digests.len().max(self.images.len()),
            },
            MatchImages::Manifests(digests) => {
                digests.iter().map(|digest| self.manifests_with(digest)).fold(0, usize::saturating_add)
            }
            MatchImages::DerivedFrom(layers) => self.manifests_at(layers, <[Digest]>::last),
            MatchImages::BaseOf(layers) => self.manifests_at(layers, <[Digest]>::first),
        };
        looked_at.saturating_add(self.faulty.len())
    }

    /// How many rows the longest list has, or would have.
    pub fn longest_list(&self) -> usize {
        self.repositories.len().max(self.images.len())
    }

    /// How many images a repository has, shown or not.
    pub fn tags_in(&self, repository: &Repository) -> usize {
        let number = self.by_repository.get(repository).copied();
        number.and_then(|number| self.repositories.get(number)).map_or(0, |row| row.images.len())
    }

    /// How many manifests are or name a digest.
    fn manifests_with(&self, digest: &Digest) -> usize {
        self.digests.find(digest).map_or(0, |number| self.digests.users(number).len())
    }

    /// How many manifests share the layer that is chosen of each image.
    fn manifests_at(&self, layers: &Layers, choose: impl Fn(&[Digest]) -> Option<&Digest>) -> usize {
        let chosen = layers.manifests.iter().filter_map(|(_, layers)| choose(layers));
        chosen.map(|layer| self.manifests_with(layer)).fold(0, usize::saturating_add)
    }
}

fn is_plain(filter: &Filter, visibility: &Visibility) -> bool {
    *filter == Filter::default() && *visibility == Visibility::Everything
}

#[cfg(test)]
mod tests;
