use super::fake::Fake;
use super::*;

#[tokio::test]
async fn speed() {
    let bench = Bench::new(Fake::default());
    let address: SocketAddr = "192.0.2.7:4000".parse().unwrap();
    let peer = Peer { address, local: address, tls: None };
    for target in ["/livez", "/v2/", "/v2/a/b/manifests/v1"] {
        for _ in 0..2 {
            let n = 200_000u32;
            let start = std::time::Instant::now();
            for _ in 0..n {
                let request = Request::get(target)
                    .header("host", "127.0.0.1:8080")
                    .header("user-agent", "wrk")
                    .body(Incoming::from_bytes(Bytes::new()))
                    .unwrap();
                let r = bench.edge.call(request, peer).await;
                std::hint::black_box(r);
                bench.fake.asked.lock().unwrap().clear();
            }
            println!("{target} {} ns", start.elapsed().as_nanos() / u128::from(n));
        }
    }
}
