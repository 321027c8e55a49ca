//! How well a repository name matches the words of a search. Pure, so that leaves need no statistics of one another.

/// The rank of a name for words that are trimmed and lower-cased; smaller is better, `None` is no match (zot's `RankRepoName`).
pub fn rank(words: &str, name: &str) -> Option<i32> {
    let words = words.trim_matches('/');
    if words.split('/').count() > name.split('/').count() {
        return None;
    }
    if words == name {
        return Some(0);
    }
    if let Some(rank) = by_component(words, name) {
        return Some(rank);
    }
    match name.find(words)? {
        0 => Some(10),
        at => Some(times(at, 100)),
    }
}

fn by_component(words: &str, name: &str) -> Option<i32> {
    let last = name.rsplit('/').next().unwrap_or_default();
    match words.rsplit_once('/') {
        None => {
            let first = name.split('/').next().unwrap_or_default();
            last.find(words).map(|at| times(at, 1)).or_else(|| first.find(words).map(|at| times(at, 10)))
        }
        Some((folders, word)) => {
            let leads = folders.split('/').zip(name.split('/')).all(|(asked, found)| asked == found);
            leads.then(|| last.find(word)).flatten().map(|at| times(at, 1))
        }
    }
}

fn times(at: usize, factor: i32) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX - 1).saturating_add(1).saturating_mul(factor)
}

#[cfg(test)]
mod tests;
