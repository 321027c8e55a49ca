//! throw-away
#![allow(warnings)]
use atoll_index::*;
use atoll_oci::*;
use atoll_placement::*;
use atoll_service::Grant;
use bytes::Bytes;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn digest(n: u64) -> Digest {
    digest_of(Algorithm::Sha256, &n.to_be_bytes())
}
fn repo(n: u64) -> Repository {
    format!("org{}/repo{}", n % 100, n).parse().unwrap()
}
fn link(r: &Repository, n: u64) -> Command {
    Command {
        repository: r.clone(),
        at: atoll_host::Timestamp(n),
        by: "me".into(),
        grant: Grant::ALL,
        mutation: Mutation::LinkBlob(LinkBlob { digest: digest(n), size: 5, holders: vec![MemberId(1)] }),
    }
}
fn put(r: &Repository, n: u64, tag: &str) -> Command {
    let body = Bytes::from(vec![b'x'; 600]);
    Command {
        repository: r.clone(),
        at: atoll_host::Timestamp(n),
        by: "me".into(),
        grant: Grant::ALL,
        mutation: Mutation::PutManifest(Box::new(PutManifest {
            digest: digest(n),
            media_type: MediaType::OCI_MANIFEST.parse().unwrap(),
            size: 600,
            body: Body::Inline(body),
            tags: vec![(tag.parse().unwrap(), Grant::ALL)],
            parts: Parts {
                blobs: (0..5)
                    .map(|i| {
                        (
                            digest(1_000_000 + n * 0 + i),
                            "application/vnd.oci.image.layer.v1.tar+gzip".to_owned(),
                        )
                    })
                    .collect(),
                ..Parts::default()
            },
            is_sparse: true,
        })),
    }
}
struct Count(std::sync::Mutex<(usize, usize, Duration)>);
impl Observer for Count {
    fn committed(&self, n: usize, t: Duration) {
        let mut c = self.0.lock().unwrap();
        c.0 += 1;
        c.1 += n;
        c.2 += t;
    }
    fn failed(&self, e: &Error) {
        println!("{e}");
    }
}
#[tokio::main]
async fn main() {
    let dir = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    std::fs::create_dir_all(&dir).unwrap();
    // fdatasync
    {
        use std::os::unix::fs::FileExt;
        let f = std::fs::File::create(dir.join("f")).unwrap();
        f.write_all_at(&vec![0; 1 << 20], 0).unwrap();
        f.sync_all().unwrap();
        let t = Instant::now();
        let mut n = 0;
        while t.elapsed() < Duration::from_secs(2) {
            f.write_all_at(&[n as u8; 4096], (n % 256) * 4096).unwrap();
            f.sync_data().unwrap();
            n += 1;
        }
        println!("fdatasync/s {}", n as f64 / t.elapsed().as_secs_f64());
    }
    let host = atoll_host::Host::system(8);
    let modes: Vec<(u64, bool)> = if std::env::args().nth(2).is_some() {
        vec![(64, true)]
    } else {
        vec![(1u64, true), (64, true), (64, false)]
    };
    for (repos, durable) in modes {
        let path = dir.join(format!("idx{repos}{durable}"));
        let _ = std::fs::remove_file(&path);
        let count = Arc::new(Count(Default::default()));
        let mut o = Options::new(Location::File(path.clone()), ClusterKey([1; 16]), 256);
        o.observer = count.clone();
        o.is_durable = durable;
        let index = Arc::new(Index::open(&o, &host).unwrap());
        let t = Instant::now();
        let tasks: Vec<_> = (0..16u64)
            .map(|c| {
                let index = index.clone();
                tokio::spawn(async move {
                    let mut n = 0;
                    while t.elapsed() < Duration::from_secs(3) {
                        let id = c * 1_000_000 + n;
                        index.submit(put(&repo(id % repos), id, &format!("t{id}"))).await.unwrap();
                        n += 1;
                    }
                    n
                })
            })
            .collect();
        let mut total = 0;
        for x in tasks {
            total += x.await.unwrap();
        }
        let c = count.0.lock().unwrap();
        println!(
            "repos {repos} durable {durable}: puts/s {:.0}, batches/s {:.0} avg batch {:.1}, avg commit {:?}, file {}",
            total as f64 / t.elapsed().as_secs_f64(),
            c.0 as f64 / t.elapsed().as_secs_f64(),
            c.1 as f64 / c.0 as f64,
            c.2 / c.0 as u32,
            std::fs::metadata(&path).unwrap().len()
        );
    }
    if std::env::args().nth(2).is_some() {
        return;
    }
    // 10,000 repositories with 50,000 tags
    let path = dir.join("big");
    if !path.exists() {
        let o = Options::new(Location::File(path.clone()), ClusterKey([1; 16]), 256);
        let index = Arc::new(Index::open(&o, &host).unwrap());
        let t = Instant::now();
        let tasks: Vec<_> = (0..200u64)
            .map(|c| {
                let index = index.clone();
                tokio::spawn(async move {
                    for n in 0..250 {
                        let id = c * 250 + n;
                        index.submit(put(&repo(id / 5), id, &format!("t{id}"))).await.unwrap();
                    }
                })
            })
            .collect();
        for x in tasks {
            x.await.unwrap();
        }
        println!("50,000 tags in {:?}, file {}", t.elapsed(), std::fs::metadata(&path).unwrap().len());
        let big = repo(99_999);
        let tasks: Vec<_> = (0..200u64)
            .map(|c| {
                let index = index.clone();
                let big = big.clone();
                tokio::spawn(async move {
                    for n in 0..500 {
                        let id = c * 500 + n;
                        index.submit(put(&big, id % 50, &format!("v{id}"))).await.unwrap();
                    }
                })
            })
            .collect();
        for x in tasks {
            x.await.unwrap();
        }
        // crash copy while open
        std::fs::copy(&path, dir.join("crashed")).unwrap();
        std::fs::copy(dir.join("big.log"), dir.join("crashed.log")).unwrap();
        let t = Instant::now();
        drop(index);
        println!("close {:?}", t.elapsed());
    }
    for name in ["big", "crashed"] {
        let o = Options::new(Location::File(dir.join(name)), ClusterKey([1; 16]), 256);
        let t = Instant::now();
        let index = Index::open(&o, &host).unwrap();
        println!("open {name} {:?}", t.elapsed());
    }
    let o = Options::new(Location::File(path.clone()), ClusterKey([1; 16]), 256);
    let index = Index::open(&o, &host).unwrap();
    let bench = |name: &str, n: u32, f: &mut dyn FnMut(u64)| {
        for i in 0..n / 10 {
            f(i as u64)
        }
        let t = Instant::now();
        for i in 0..n {
            f(i as u64)
        }
        println!("{name}: {:?}", t.elapsed() / n);
    };
    let r = repo(77);
    let tag: Tag = "t387".parse().unwrap();
    let reference = Reference::Tag(tag);
    bench("GET by tag (snapshot, resolve, body)", 100_000, &mut |_| {
        let s = index.snapshot();
        s.manifest(&r, &reference).unwrap().unwrap().1.unwrap();
    });
    bench("GET by tag, spread", 50_000, &mut |i| {
        let id = (i * 7919) % 50_000;
        let s = index.snapshot();
        let r = repo(id / 5);
        s.manifest(&r, &Reference::Tag(format!("t{id}").parse().unwrap())).unwrap().unwrap().1.unwrap();
    });
    bench("HEAD by tag", 100_000, &mut |_| {
        let s = index.snapshot();
        s.resolve(&r, &reference).unwrap().unwrap();
    });
    bench("blob stat + media type", 100_000, &mut |_| {
        let s = index.snapshot();
        s.blob(&r, &digest(1_000_000)).unwrap();
        s.media_type_of(&r, &digest(1_000_000)).unwrap().unwrap();
    });
    let big = repo(99_999);
    bench("tags page 100 of 100,000", 2_000, &mut |_| {
        let s = index.snapshot();
        assert_eq!(s.tags(&big, Some("v5"), 100).unwrap().0.len(), 100);
    });
    let shards: Vec<_> = index.snapshot().shards().collect();
    bench("catalog page 100 of 10,001", 500, &mut |_| {
        let s = index.snapshot();
        assert_eq!(
            s.catalog(&shards, Some("org5"), 100, atoll_service::Visibility::Everything).unwrap().0.len(),
            100
        );
    });
    bench("is_linked_anywhere, no", 500, &mut |i| {
        let s = index.snapshot();
        assert!(!s.is_linked_anywhere(&digest(i + 77_000_000)).unwrap());
    });
    bench("repository_count", 500, &mut |i| {
        assert_eq!(index.snapshot().repository_count().unwrap(), 10_001);
    });
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", status.lines().find(|l| l.starts_with("VmRSS")).unwrap());
    let t = Instant::now();
    for s in index.snapshot().shards() {
        index.snapshot().state_hash(s).unwrap();
    }
    println!("state hash of all {:?}", t.elapsed());
}
