//! Messages and bytes of one question to sixteen members: O(members) messages, O(page) keys.

use atoll_service::*;

use crate::world::{World, user};

const MEMBERS: u16 = 16;

fn list(offset: u64, limit: u64) -> ListRepositories {
    ListRepositories {
        find: Find::Words(String::new()),
        filter: Filter::default(),
        sort: Sort::Relevance,
        page: Page { offset, limit },
        want: Want::ALL,
        visibility: Visibility::Everything,
    }
}

#[tokio::test]
async fn sixteen_members_are_asked_with_few_messages_and_few_keys() {
    let world = World::new(MEMBERS);
    world.load_kinds(16_000, 1, &["app", "lib"]);
    world.mark("ann", &["app-00001"], &[]);
    // Bytes of a key with its place, and of a description with its request, as the doubles encode them.
    let (key, row) = (40, 200);
    // Most messages: the marks, a first and perhaps a second round of keys, and one of descriptions.
    for (what, request, messages, keys) in [
        ("home page", list(0, 20), 1 + 2 * 16 + 4, 16 * 8),
        ("second page", list(20, 20), 1 + 2 * 16 + 4, 16 * 12),
        ("offset 10,000", list(10_000, 20), 1 + 2 * 16 + 8, 10_020 + 16 * 90),
        ("starred", ListRepositories { find: Find::Starred, ..list(0, 20) }, 3, 1),
    ] {
        let limit = request.page.limit;
        let found = world.run(world.routed.repositories(&user("ann"), request)).await.0.unwrap();
        assert!(found.coverage.is_complete());
        let asked: usize = world.members.iter().map(|member| member.asked().len()).sum();
        let bytes: u64 = world.members.iter().map(|member| member.bytes()).sum();
        println!("{what}: {asked} messages, {bytes} bytes, for {} rows of {}", limit, found.answer.total);
        assert!(asked <= messages, "{what}: {asked} messages");
        // Each question names its shards and itself.
        let most = keys * key + limit * row + u64::from(MEMBERS) * 2 * 200;
        assert!(bytes <= most, "{what}: {bytes} bytes, at most {most}");
    }
}
