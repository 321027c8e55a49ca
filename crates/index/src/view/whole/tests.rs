use std::cell::RefCell;

use super::*;
use crate::fixture::*;
use crate::{Mutation, PutManifest};

fn filled() -> Sandbox {
    let mut commands = Vec::new();
    for name in ["a", "a/b", "c", "d", "e", "f/g"] {
        commands.push(link(name, 1));
        for number in 10..13 {
            let manifest =
                PutManifest { facts: format!("of {number}").into(), ..tagged(number, &["x", "y"]) };
            commands.push(put(name, number, manifest));
        }
        commands.push(put(name, 13, referring(13, 10, "a/b")));
        commands.push(pulls(name, 11, 3));
    }
    for user in ["bob", "eve"] {
        commands.push(command("c", 1, Mutation::SetStar { user: user.to_owned(), is_on: true, number: 1 }));
    }
    let mut sandbox = Sandbox::with(&commands);
    sandbox.keep_facts_apart("c", 13, b"of 13");
    sandbox
}

/// Everything the scans show of these shards, in order.
fn shown(sandbox: &Sandbox, shards: &[Shard]) -> Vec<String> {
    let (view, lines) = (sandbox.view(), RefCell::new(Vec::new()));
    let push = |line: String| lines.borrow_mut().push(line);
    view.each_repository(shards, |name, row| {
        push(format!("{name} {row:?}"));
        Ok(())
    })
    .unwrap();
    view.each_tag(shards, |name, tag, row| {
        push(format!("{name} {tag} {row:?}"));
        Ok(())
    })
    .unwrap();
    view.each_manifest(shards, |name, digest, row| {
        push(format!(
            "{name} {digest} {} {} {:?} {}",
            row.media_type, row.size, row.pushed_at, row.pushed_by
        ));
        if !row.facts.is_empty() {
            push(format!("{name} {digest} {}", String::from_utf8_lossy(row.facts)));
        }
        Ok(())
    })
    .unwrap();
    view.each_facts(shards, |name, digest, facts| {
        push(format!("{name} {digest} {}", String::from_utf8_lossy(facts)));
        Ok(())
    })
    .unwrap();
    view.each_statistics(shards, |name, digest, row| {
        push(format!("{name} {digest} {row:?}"));
        Ok(())
    })
    .unwrap();
    view.each_star_count(shards, |name, stars| {
        push(format!("{name} {stars} stars"));
        Ok(())
    })
    .unwrap();
    lines.into_inner()
}

/// The same by asking for one thing after the other.
fn asked(sandbox: &Sandbox, shards: &[Shard]) -> Vec<String> {
    let view = sandbox.view();
    let mut lines = Vec::new();
    for name in ["a", "a/b", "c", "d", "e", "f/g"] {
        let name = repository(name);
        if !shards.contains(&view.shard_of(&name)) {
            continue;
        }
        lines.push(format!("{name} {:?}", view.repository(&name).unwrap().unwrap()));
        for tag in view.tags(&name, None, 9).unwrap().0 {
            lines.push(format!("{name} {tag} {:?}", view.tag(&name, &tag).unwrap().unwrap()));
        }
        for number in 10..14 {
            let digest = digest(number);
            let found = view.resolve(&name, &atoll_oci::Reference::Digest(digest)).unwrap().unwrap();
            let row = found.row;
            let (kind, by) = (row.media_type.as_str(), row.pushed_by);
            lines.push(format!("{name} {digest} {kind} {} {:?} {by}", row.size, row.pushed_at));
            if let Some(facts) = view.facts(&name, &digest).unwrap() {
                lines.push(format!("{name} {digest} {}", String::from_utf8_lossy(&facts)));
            }
            let statistics = view.statistics(&name, &digest).unwrap();
            if statistics.pulls > 0 {
                lines.push(format!("{name} {digest} {statistics:?}"));
            }
        }
        if view.stars(&name).unwrap() > 0 {
            lines.push(format!("{name} {} stars", view.stars(&name).unwrap()));
        }
    }
    lines
}

#[test]
fn the_scans_show_what_single_questions_answer() {
    let sandbox = filled();
    for shards in [vec![0, 1, 2, 3], vec![1], vec![3, 0], vec![2, 1, 2], vec![]] {
        let shards: Vec<Shard> = shards.into_iter().map(Shard).collect();
        let (mut shown, mut asked) = (shown(&sandbox, &shards), asked(&sandbox, &shards));
        shown.sort();
        asked.sort();
        assert_eq!(shown, asked, "{shards:?}");
    }
}

#[test]
fn a_visitor_can_stop_a_scan_with_an_error() {
    let sandbox = filled();
    let mut seen = 0;
    let stopped = sandbox.view().each_tag(&[Shard(0), Shard(1), Shard(2), Shard(3)], |_, _, _| {
        seen += 1;
        if seen == 2 { Err(Error::Stopped) } else { Ok(()) }
    });
    assert!(matches!(stopped, Err(Error::Stopped)));
    assert_eq!(seen, 2);
}

#[test]
fn neighbouring_shards_are_one_stretch() {
    let stretches = |shards: &[u16]| -> Vec<(u16, u16)> {
        let shards: Vec<Shard> = shards.iter().map(|number| Shard(*number)).collect();
        super::stretches(&shards).into_iter().map(|(first, last)| (first.0, last.0)).collect()
    };
    assert_eq!(stretches(&[3, 1, 2, 7, 7, 9, u16::MAX]), [(1, 3), (7, 7), (9, 9), (u16::MAX, u16::MAX)]);
    assert_eq!(stretches(&[]), []);
}
