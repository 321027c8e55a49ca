//! How well a repository name matches the words of a search. Pure, so that leaves need no statistics of one another.

use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter, memrchr};

/// The rank of a name for words that are trimmed and lower-cased; smaller is better, `None` is no match (zot's `RankRepoName`).
pub fn rank(words: &str, name: &str) -> Option<i32> {
    Ranker::new(words).rank(name)
}

/// The same words for many names.
pub(crate) struct Ranker<'a> {
    words: &'a str,
    finder: Finder<'a>,
    components: usize,
    /// Of several components all but the last, and the last.
    folders: Option<(&'a str, Finder<'a>)>,
}

impl<'a> Ranker<'a> {
    pub(crate) fn new(words: &'a str) -> Self {
        let words = words.trim_matches('/');
        let folders = words.rsplit_once('/').map(|(folders, word)| (folders, Finder::new(word)));
        Self { words, finder: Finder::new(words), components: components(words), folders }
    }

    pub(crate) fn rank(&self, name: &str) -> Option<i32> {
        if self.components > 1 && self.components > components(name) {
            return None;
        }
        if self.words == name {
            return Some(0);
        }
        match &self.folders {
            None => self.rank_of_word(name.as_bytes()),
            Some((folders, word)) => {
                let leads = folders.split('/').zip(name.split('/')).all(|(asked, found)| asked == found);
                let last = leads.then(|| word.find(last(name.as_bytes()))).flatten();
                last.map(|at| times(at, 1)).or_else(|| self.rank_anywhere(name.as_bytes()))
            }
        }
    }

    /// Words without a slash lie within one component: best in the last one, then in the first.
    fn rank_of_word(&self, name: &[u8]) -> Option<i32> {
        let found = self.finder.find(name)?;
        let last = last(name);
        let begin = name.len() - last.len();
        let in_last = if found >= begin { Some(found - begin) } else { self.finder.find(last) };
        if let Some(at) = in_last {
            return Some(times(at, 1));
        }
        let first = memchr(b'/', name).unwrap_or(name.len());
        if found < first {
            return Some(times(found, 10));
        }
        self.rank_anywhere(name)
    }

    fn rank_anywhere(&self, name: &[u8]) -> Option<i32> {
        match self.finder.find(name)? {
            0 => Some(10),
            at => Some(times(at, 100)),
        }
    }
}

fn components(text: &str) -> usize {
    memchr_iter(b'/', text.as_bytes()).count() + 1
}

fn last(name: &[u8]) -> &[u8] {
    memrchr(b'/', name).and_then(|at| name.get(at + 1..)).unwrap_or(name)
}

fn times(at: usize, factor: i32) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX - 1).saturating_add(1).saturating_mul(factor)
}

#[cfg(test)]
mod tests;
