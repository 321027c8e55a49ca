//! Repositories with images of all kinds, the same for the same seed, pushed one after another so that each has its own time.

use std::sync::Arc;

use atoll_oci::{Algorithm, Digest, MediaType, digest_of};
use atoll_service::{Caller, Mark, Preferences as _, Principal, ToggleMark, Visibility};
use atoll_testkit::{Front, Pusher};

use crate::world::World;

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// Numbers that follow from a seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    pub(crate) fn some<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.roll(choices.len() as u64)).unwrap()].clone()
    }
}

/// What was pushed, for questions about it.
#[derive(Default)]
pub(crate) struct Pushed {
    /// Repository, tag and digest of each image.
    pub(crate) images: Vec<(String, String, Digest)>,
    /// All layers.
    pub(crate) layers: Vec<Digest>,
}

pub(crate) fn user(name: &str) -> Caller {
    Caller { principal: Principal::User(name.into()), ..Caller::internal("test") }
}

/// Fills a world. The requests go to its members in turn.
pub(crate) async fn load(world: &World, repositories: u64, seed: u64) -> Pushed {
    let mut dice = Dice(seed);
    let mut pushed = Pushed::default();
    for n in 0..repositories {
        let begin = dice.some(&["app", "base", "team/app", "team/lib/x", "private/app"]);
        let name = format!("{begin}{n}");
        for tag in 0..=dice.roll(3) {
            push(world, &name, &format!("v{tag}.{}", dice.roll(3)), &mut dice, &mut pushed).await;
        }
    }
    for who in ["ann", "bob"] {
        for _ in 0..repositories / 3 {
            let about = dice.some(&pushed.images).0;
            let mark = dice.some(&[Mark::Star, Mark::Bookmark]);
            let request =
                ToggleMark { repository: about.parse().unwrap(), mark, visibility: Visibility::Everything };
            front(world, &mut dice).toggle(&user(who), request).await.unwrap();
            world.tick();
        }
    }
    pushed
}

/// The member that is asked next. The dice fall the same for any number of members.
fn front(world: &World, dice: &mut Dice) -> Arc<atoll_cluster::RoutedNode> {
    let n = usize::try_from(dice.roll(60)).unwrap();
    Arc::clone(&world.fronts[n % world.fronts.len()])
}

async fn push(world: &World, name: &str, tag: &str, dice: &mut Dice, known: &mut Pushed) {
    let at: Arc<dyn Front> = front(world, dice);
    let pusher = Pusher::new(&at, name);
    let (image, size) = manifest(&pusher, dice, known).await;
    world.tick();
    let kind = dice.roll(4);
    let digest = if kind == 0 {
        let (other, other_size) = manifest(&pusher, dice, known).await;
        let children = [(image, size), (other, other_size)].map(|(digest, size)| {
            format!(r#"{{"mediaType":"{}","digest":"{digest}","size":{size}}}"#, MediaType::OCI_MANIFEST)
        });
        let index = format!(
            r#"{{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}}"#,
            MediaType::OCI_INDEX,
            children.join(",")
        );
        pusher.put(MediaType::OCI_INDEX, &index, &[tag]).await.unwrap().digest
    } else {
        let content = pusher.get(&image.to_string()).await.unwrap().content;
        let text = std::str::from_utf8(&content).unwrap();
        pusher.put(MediaType::OCI_MANIFEST, text, &[tag]).await.unwrap().digest
    };
    known.images.push((name.to_owned(), tag.to_owned(), digest));
    world.tick();
    if dice.roll(3) == 0 {
        attach(&pusher, image, size, dice).await;
        world.tick();
    }
    for _ in 0..dice.roll(3) {
        pusher.get(tag).await.unwrap();
        world.tick();
    }
}

/// Pushes an image of a few layers, of which some are shared with others.
async fn manifest(pusher: &Pusher, dice: &mut Dice, known: &mut Pushed) -> (Digest, u64) {
    let count = dice.roll(4);
    let mut layers = Vec::new();
    for n in 0..count {
        let content = format!("layer {n} {}", dice.roll(3));
        layers.push((pusher.blob(content.as_bytes()).await.unwrap(), content.len()));
    }
    known.layers.extend(layers.iter().map(|(digest, _)| *digest));
    let config = config(dice, count);
    let config_digest = pusher.blob(config.as_bytes()).await.unwrap();
    let part = |kind: &str, (digest, size): (Digest, usize)| {
        format!(r#"{{"mediaType":"{kind}","digest":"{digest}","size":{size}}}"#)
    };
    let listed: Vec<String> = layers.into_iter().map(|layer| part(LAYER, layer)).collect();
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}],"annotations":{{"org.opencontainers.image.vendor":"v{}"}}}}"#,
        MediaType::OCI_MANIFEST,
        part(CONFIG, (config_digest, config.len())),
        listed.join(","),
        dice.roll(3),
    );
    let digest = pusher.put(MediaType::OCI_MANIFEST, &text, &[]).await.unwrap().digest;
    (digest, text.len() as u64)
}

/// A config whose history sometimes does not fit its layers, which is a fault that lists tell of.
fn config(dice: &mut Dice, layers: u64) -> String {
    let steps = if dice.roll(6) == 0 { layers + 1 } else { layers };
    let steps: Vec<String> = (0..steps)
        .map(|n| format!(r#"{{"created":"2023-01-0{}T00:00:00Z","created_by":"RUN {n}"}}"#, n + 1))
        .collect();
    format!(
        r#"{{"created":"2023-0{}-11T10:00:00Z","os":"{}","architecture":"{}","config":{{"Labels":{{"org.opencontainers.image.title":"t{}"}}}},"history":[{}]}}"#,
        dice.roll(9) + 1,
        dice.some(&["linux", "windows"]),
        dice.some(&["amd64", "arm64"]),
        dice.roll(4),
        steps.join(","),
    )
}

/// A signature or something else that refers to an image.
async fn attach(pusher: &Pusher, subject: Digest, size: u64, dice: &mut Dice) {
    let empty = pusher.blob(b"{}").await.unwrap();
    let kind = dice.some(&["application/vnd.cncf.notary.signature", "application/spdx+json"]);
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"{manifest}","artifactType":"{kind}","config":{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{empty}","size":2}},"layers":[],"subject":{{"mediaType":"{manifest}","digest":"{subject}","size":{size}}},"annotations":{{"n":"{}"}}}}"#,
        dice.roll(100),
        manifest = MediaType::OCI_MANIFEST,
    );
    assert_eq!(digest_of(Algorithm::Sha256, b"{}"), empty);
    pusher.put(MediaType::OCI_MANIFEST, &text, &[]).await.unwrap();
}
