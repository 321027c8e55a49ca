use atoll_host::*;
use atoll_oci::*;
use atoll_placement::*;
use atoll_store::*;
use bytes::Bytes;
use futures_util::StreamExt;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
const SIZE: usize = 100 << 20;
async fn sender() -> std::net::SocketAddr {
    let l = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let a = l.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut s, _) = l.accept().await.unwrap();
            tokio::spawn(async move {
                let b = vec![7u8; 1 << 20];
                for _ in 0..100 {
                    s.write_all(&b).await.unwrap();
                }
            });
        }
    });
    a
}
fn floor(addr: std::net::SocketAddr, dir: &std::path::Path) -> f64 {
    use std::io::Read;
    let t = Instant::now();
    let mut s = std::net::TcpStream::connect(addr).unwrap();
    let p = dir.join("floor");
    let mut f = std::fs::File::create(&p).unwrap();
    let mut h = Hasher::new(Algorithm::Sha256);
    let mut b = vec![0; 256 << 10];
    loop {
        let n = s.read(&mut b).unwrap();
        if n == 0 {
            break;
        }
        h.update(&b[..n]);
        f.write_all(&b[..n]).unwrap();
    }
    std::hint::black_box(h.finish());
    f.sync_data().unwrap();
    let e = t.elapsed().as_secs_f64();
    std::fs::remove_file(p).unwrap();
    e
}
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let dir = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    let t = Instant::now();
    let store = Arc::new(FileStore::open(&dir, &Options::default(), Host::system(8)).unwrap());
    println!("first open {:?}", t.elapsed());
    let t = Instant::now();
    let again = FileStore::open(&dir, &Options::default(), Host::system(8)).unwrap();
    println!("second open {:?}", t.elapsed());
    drop(again);
    let addr = sender().await;
    let digest = digest_of(Algorithm::Sha256, &vec![7u8; SIZE]);
    let (mut fl, mut st) = (vec![], vec![]);
    for i in 0..8 {
        let d = dir.clone();
        fl.push(tokio::task::spawn_blocking(move || floor(addr, &d)).await.unwrap());
        store.remove(&digest).await.unwrap();
        let t = Instant::now();
        let id = UploadId::issue(ClusterKey([1; 16]), "a", MemberId(0), i);
        store.begin(id, None).await.unwrap();
        let s = tokio::net::TcpStream::connect(addr).await.unwrap();
        let body = futures_util::stream::unfold((s, bytes::BytesMut::new()), |(mut s, mut b)| async move {
            b.reserve(64 << 10);
            match s.read_buf(&mut b).await {
                Ok(0) => None,
                Ok(_) => Some((Ok(b.split().freeze()), (s, b))),
                Err(e) => Some((Err(e.to_string()), (s, b))),
            }
        });
        store.append(id, 0, Box::pin(body)).await.unwrap();
        let a = t.elapsed().as_secs_f64();
        store.finish(id, &digest).await.unwrap();
        let e = t.elapsed().as_secs_f64();
        st.push(e);
        println!("floor {:.3} store {:.3} (append {a:.3})", fl.last().unwrap(), e);
    }
    let med = |v: &mut Vec<f64>| {
        v.sort_by(f64::total_cmp);
        v[v.len() / 2]
    };
    println!(
        "median floor {:.3} store {:.3} ratio {:.2}",
        med(&mut fl),
        med(&mut st),
        med(&mut st) / med(&mut fl)
    );
    for par in [1usize, 8] {
        let t = Instant::now();
        let n = 20;
        futures_util::future::join_all((0..par).map(|_| {
            let s = store.clone();
            async move {
                tokio::spawn(async move {
                    for _ in 0..n {
                        let mut c = s.read(&digest, vec![]).await.unwrap().unwrap();
                        while let Some(p) = c.stream.next().await {
                            std::hint::black_box(p.unwrap());
                        }
                    }
                })
                .await
                .unwrap()
            }
        }))
        .await;
        println!("read x{par}: {:.2} GB/s", (par * n * SIZE) as f64 / t.elapsed().as_secs_f64() / 1e9);
    }
    let small = Bytes::from(vec![1u8; 1000]);
    let sd = digest_of(Algorithm::Sha256, &small);
    store.put(&sd, small).await.unwrap();
    let t = Instant::now();
    for _ in 0..20000 {
        let mut c = store.read(&sd, vec![]).await.unwrap().unwrap();
        c.stream.next().await.unwrap().unwrap();
    }
    println!("small read {:?} each", t.elapsed() / 20000);
    for par in [1usize, 16, 64] {
        let t = Instant::now();
        let n = 512 / par;
        futures_util::future::join_all((0..par).map(|w| {
            let s = store.clone();
            async move {
                for i in 0..n {
                    let c = Bytes::from(format!("{par} {w} {i}"));
                    s.put(&digest_of(Algorithm::Sha256, &c), c).await.unwrap();
                }
            }
        }))
        .await;
        println!("durable put x{par}: {:.0}/s", (par * n) as f64 / t.elapsed().as_secs_f64());
    }
    let f = std::fs::File::create(dir.join("x")).unwrap();
    let t = Instant::now();
    for i in 0..200 {
        std::os::unix::fs::FileExt::write_all_at(&f, b"x", i).unwrap();
        f.sync_data().unwrap();
    }
    println!("fdatasync {:.0}/s", 200.0 / t.elapsed().as_secs_f64());
}
