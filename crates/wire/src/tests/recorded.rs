//! The bytes of each version of the protocol, as members of every release that speaks it write and read them: recorded, and compared.

use std::collections::BTreeMap;
use std::path::Path;

use atoll_oci::{Digest, Repository};
use atoll_placement::{MemberId, Shard};
use atoll_service::*;
use futures_util::{FutureExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::made;
use crate::Method;
use crate::dispatch::ReadAnswer;
use crate::envelope::{self, AnswerHead, Envelope};
use crate::frames::Outgoing;
use crate::hello::{Hello, Welcome};
use crate::lists::packed::{BareImage, BareRepository};
use crate::lists::{LeafImagesOfVersion1, LeafRepositoriesOfVersion1, Packed};

/// Writes down what is not recorded yet, and never what was recorded otherwise.
const RECORD: &str = "ATOLL_RECORD";

/// Encoded samples by what they are.
type Samples = BTreeMap<String, Vec<String>>;

fn hex(bytes: &[u8]) -> String {
    let each: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    each.concat()
}

/// Samples of one type, each different one once. Each is read back as what it was.
fn samples<T: Serialize + DeserializeOwned>() -> Vec<String> {
    let mut encoded: Vec<String> = Vec::new();
    for value in made::all::<T>() {
        let bytes = envelope::value(&value).expect("encoded");
        let (again, rest) = envelope::decode::<T>(&bytes).expect("decoded");
        assert_eq!((envelope::value(&again).expect("encoded"), rest.len()), (bytes.clone(), 0));
        let text = hex(&bytes);
        if !encoded.contains(&text) {
            encoded.push(text);
        }
    }
    encoded
}

/// A request and its answer.
fn pair<Q, A>() -> [Vec<String>; 2]
where
    Q: Serialize + DeserializeOwned,
    A: Serialize + DeserializeOwned,
{
    // An answer is a result; the errors are recorded once.
    let answers = samples::<A>().into_iter().map(|sample| format!("00{sample}")).collect();
    [samples::<Q>(), answers]
}

/// What has another form in version 2 than before.
fn of_version_2() -> Samples {
    let repositories = pair::<(Vec<Shard>, LeafRepositories), Packed<BareRepository>>();
    let images = pair::<(Vec<Shard>, LeafImages), Packed<BareImage>>();
    let mut all = Samples::new();
    put(&mut all, Method::LeafRepositories, repositories);
    put(&mut all, Method::LeafImages, images);
    all
}

fn put(all: &mut Samples, method: Method, [requests, answers]: [Vec<String>; 2]) {
    all.insert(format!("{} request", method.name()), requests);
    all.insert(format!("{} answer", method.name()), answers);
}

fn of(method: Method) -> [Vec<String>; 2] {
    match method {
        Method::Hello => [samples::<Hello>(), samples::<Welcome>()],
        Method::GetManifest => pair::<GetManifest, Manifest>(),
        Method::HeadManifest => pair::<GetManifest, ManifestStat>(),
        Method::PutManifest => pair::<PutManifest, ManifestAccepted>(),
        Method::RemoveManifest => pair::<DeleteManifest, ManifestDeleted>(),
        Method::ListTags => pair::<ListTags, TagPage>(),
        Method::ListReferrers => pair::<ListReferrers, ReferrerPage>(),
        Method::StatBlob => pair::<BlobAddress, BlobStat>(),
        Method::ReadBlob => pair::<ReadBlob, ReadAnswer>(),
        Method::MountBlob => pair::<Mount, Option<BlobStat>>(),
        Method::UnlinkBlob => pair::<(BlobAddress, Grant), ()>(),
        Method::BeginUpload => pair::<BeginUpload, Upload>(),
        Method::AppendUpload => pair::<AppendUpload, Upload>(),
        Method::FinishUpload => pair::<FinishUpload, BlobStat>(),
        Method::UploadProgress => pair::<UploadAddress, Upload>(),
        Method::CancelUpload => pair::<UploadAddress, ()>(),
        Method::LeafCatalog => pair::<(Vec<Shard>, ListCatalog), CatalogPage>(),
        Method::LeafRepositories => pair::<(Vec<Shard>, LeafRepositoriesOfVersion1), RepositoryHits>(),
        Method::LeafImages => pair::<(Vec<Shard>, LeafImagesOfVersion1), ImageHits>(),
        Method::DescribeRepositories => pair::<DescribeRepositories, Vec<Option<RepositorySummary>>>(),
        Method::DescribeImages => pair::<DescribeImages, Vec<Option<ImageSummary>>>(),
        Method::LeafImage => pair::<GetImage, (ImageSummary, Vec<String>)>(),
        Method::LeafExpanded => pair::<(GetRepository, Marks), ExpandedRepository>(),
        Method::LeafReferrers => pair::<GetReferrers, Vec<ReferrerSummary>>(),
        Method::LeafLayers => pair::<ImageReference, Layers>(),
        Method::LeafHolder => pair::<(Digest, Visibility), Option<Repository>>(),
        Method::LeafFreshness => pair::<(), Freshness>(),
        Method::Marks => pair::<String, Marks>(),
        Method::ToggleMark => pair::<(String, ToggleMark), Toggled>(),
        Method::SetStar => pair::<SetStar, ()>(),
        Method::Status => pair::<(), Status>(),
        Method::Sweep => pair::<(), SweepReport>(),
        Method::Standing => pair::<Option<Standing>, Standing>(),
        Method::Acquaintances => pair::<(), Vec<Acquaintance>>(),
        Method::Rows => pair::<ReadRows, RowPage>(),
        Method::Needed => pair::<(Shard, Option<Digest>, usize), NeededContent>(),
        Method::Content => pair::<Digest, Option<u64>>(),
        Method::YieldShard => pair::<YieldShard, u64>(),
        Method::Release => pair::<(Shard, MemberId), ()>(),
    }
}

fn of_version_1() -> Samples {
    let mut all = Samples::new();
    for method in Method::ALL {
        put(&mut all, method, of(method));
    }
    all.insert("before each request".to_owned(), samples::<Envelope>());
    all.insert("before each answer".to_owned(), samples::<AnswerHead>());
    let errors = samples::<Error>().into_iter().map(|sample| format!("01{sample}")).collect();
    all.insert("an error in place of an answer".to_owned(), errors);
    let broken = || Box::pin(stream::iter([Ok("some".into()), Err(Error::DeadlineExceeded)]));
    let streams = [written(None), written(Some(full_body("content".into()))), written(Some(broken()))];
    all.insert("a message, with and without content".to_owned(), streams.to_vec());
    all
}

/// A message and its content as they travel.
fn written(content: Option<Body>) -> String {
    let message = envelope::encode(&7_u8, 100).expect("encoded");
    let pieces: Option<Vec<_>> =
        Outgoing::new(message, content).try_collect().now_or_never().and_then(Result::ok);
    hex(&pieces.expect("written at once").concat())
}

#[test]
fn the_bytes_of_a_version_never_change() {
    compare(1, of_version_1());
    compare(2, of_version_2());
}

fn compare(version: u16, present: Samples) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(format!("protocol-{version}.json"));
    let recorded = std::fs::read(&path).unwrap_or_else(|_missing| b"{}".to_vec());
    let mut recorded: Samples = serde_json::from_slice(&recorded).expect("the recorded bytes");
    for (what, samples) in &recorded {
        assert_eq!(
            present.get(what),
            Some(samples),
            "the bytes of `{what}` changed. Members of other releases write and read them as they were in version {version} of \
             the protocol: raise NEWEST_PROTOCOL, send the new form under the new version only, and keep the old form"
        );
    }
    let missing: Vec<_> = present.into_iter().filter(|(what, _)| !recorded.contains_key(what)).collect();
    if std::env::var_os(RECORD).is_none() {
        let names: Vec<_> = missing.iter().map(|(what, _)| what).collect();
        assert!(
            names.is_empty(),
            "not recorded yet: {names:?}. Run this test with {RECORD}=1, and commit {}",
            path.display()
        );
    }
    if !missing.is_empty() {
        recorded.extend(missing);
        let text = serde_json::to_string_pretty(&recorded).expect("encoded");
        std::fs::write(&path, text + "\n").expect("written");
    }
}

#[test]
fn samples_show_every_variant_and_what_may_be_absent() {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    enum Colour {
        Red,
        Mixed(u8, Option<bool>),
        Named { name: String },
    }
    let made = made::all::<Vec<Colour>>();
    let named = Colour::Named { name: "name".to_owned() };
    assert_eq!(made, [vec![Colour::Red], vec![Colour::Mixed(7, Some(true))], vec![named], vec![]]);
    // A text is what its type accepts.
    assert_eq!(made::all::<Digest>().first().map(|digest| digest.to_string().len()), Some(71));
}
