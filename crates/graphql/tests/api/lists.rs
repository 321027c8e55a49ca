//! Lists: what the root is asked, and what is shown of its answer.

use atoll_service::{
    Filter, Find, FindImages, ImageReference, ListImages, ListRepositories, Page, Sort, Visibility, Want,
};
use serde_json::json;

use crate::fake::{Question, Root, Setup};

fn images(find: FindImages, sort: Sort) -> ListImages {
    let (filter, page) = (Filter::default(), Page::default());
    ListImages { find, filter, sort, page, want: Want::default(), visibility: Visibility::Everything }
}

fn repositories(find: Find, sort: Sort) -> ListRepositories {
    let (filter, page) = (Filter::default(), Page::default());
    ListRepositories { find, filter, sort, page, want: Want::default(), visibility: Visibility::Everything }
}

#[tokio::test]
async fn each_question_asks_the_root_for_what_it_means() {
    let setup = Setup::new(Root::default());
    let reference = |manifest: Option<&str>| ImageReference {
        repository: "redis".parse().unwrap(),
        tag: "6".parse().unwrap(),
        manifest: manifest.map(Into::into),
    };
    let of_images = |find, sort| Question::Images(images(find, sort));
    let of_repositories = |find, sort| Question::Repositories(repositories(find, sort));
    let redis = || "redis".parse().unwrap();
    let cases = [
        (
            "GlobalSearch(query:\" Red/ \"){Repos{Name}}",
            of_repositories(Find::Words("red".into()), Sort::Relevance),
        ),
        (
            "GlobalSearch(query:\"redis:\"){Images{Tag}}",
            of_images(
                FindImages::TagBeginsWith { repository: redis(), prefix: String::new() },
                Sort::Relevance,
            ),
        ),
        (
            "GlobalSearch(query:\":6\"){Images{Tag}}",
            of_images(FindImages::TagContains("6".into()), Sort::Relevance),
        ),
        (
            "GlobalSearch(query:\"sha256:A\"){Images{Tag}}",
            of_images(FindImages::DigestContains("sha256:a".into()), Sort::Relevance),
        ),
        (
            "RepoListWithNewestImage{Results{Name}}",
            of_repositories(Find::Words(String::new()), Sort::Updated),
        ),
        ("StarredRepos{Results{Name}}", of_repositories(Find::Starred, Sort::Updated)),
        ("BookmarkedRepos{Results{Name}}", of_repositories(Find::Bookmarked, Sort::Updated)),
        ("ImageList(repo:\"\"){Results{Tag}}", of_images(FindImages::All, Sort::Relevance)),
        (
            "ImageList(repo:\"redis\"){Results{Tag}}",
            of_images(FindImages::InRepository(redis()), Sort::Relevance),
        ),
        (
            "ImageListForDigest(id:\"A1\"){Results{Tag}}",
            of_images(FindImages::DigestContains("A1".into()), Sort::Relevance),
        ),
        (
            "BaseImageList(image:\"redis:6\"){Results{Tag}}",
            of_images(FindImages::BaseOf(reference(None)), Sort::Updated),
        ),
        (
            "DerivedImageList(image:\"redis:6\",digest:\"x\"){Results{Tag}}",
            of_images(FindImages::DerivedFrom(reference(Some("x"))), Sort::Updated),
        ),
    ];
    for (question, expected) in cases {
        setup.data(&format!("{{{question}}}")).await;
        assert_eq!(setup.asked(), [expected], "{question}");
    }
}

#[tokio::test]
async fn pages_orders_and_filters_reach_the_root() {
    let setup = Setup::new(Root::default());
    let paged = "requestedPage:{limit:10 offset:20 sortBy:DOWNLOADS}";
    let filtered = "filter:{Os:\"Linux\" Arch:[\"arm/v7\" null] HasToBeSigned:true IsStarred:false}";
    setup.data(&format!("{{GlobalSearch(query:\"\",{filtered},{paged}){{Page{{TotalCount}}}}}}")).await;
    let filter = Filter {
        os: Some(vec!["linux".into()]),
        arch: Some(vec!["arm/v7".into()]),
        signed: true,
        starred: Some(false),
        bookmarked: None,
    };
    let page = Page { offset: 20, limit: 10 };
    let expected = repositories(Find::Words(String::new()), Sort::Downloads);
    assert_eq!(setup.asked(), [Question::Repositories(ListRepositories { filter, page, ..expected })]);
}

#[tokio::test]
async fn only_what_is_selected_is_wanted() {
    let setup = Setup::new(Root::default());
    let want = Want::default();
    let cases = [
        ("Page{TotalCount} Results{Tag Size Manifests{Digest Platform{Os}}}", want),
        ("Results{Manifests{Layers{Digest}}}", Want { layers: true, ..want }),
        ("Results{...F} Page{ItemCount}", Want { history: true, ..want }),
        ("Results{m:Manifests{r:Referrers{Digest}}}", Want { referrers: true, ..want }),
        ("Results{Referrers{Digest}}", Want { referrers: true, ..want }),
        ("Results{Tag ...{Vendor}}", Want { texts: true, ..want }),
        ("Results{Vendor @skip(if:true)}", want),
    ];
    for (selection, expected) in cases {
        let fragment = if selection.contains("...F") {
            "fragment F on ImageSummary{Manifests{History{HistoryDescription{Comment}}}}"
        } else {
            ""
        };
        setup.data(&format!("{{ImageList(repo:\"\"){{{selection}}}}} {fragment}")).await;
        let expected = ListImages { want: expected, ..images(FindImages::All, Sort::Relevance) };
        assert_eq!(setup.asked(), [Question::Images(expected)], "{selection}");
    }
    setup.data("{GlobalSearch(query:\"\"){Repos{NewestImage{Title Manifests{Layers{Size}}}}}}").await;
    let newest = Want { newest: true, texts: true, layers: true, ..want };
    let expected =
        ListRepositories { want: newest, ..repositories(Find::Words(String::new()), Sort::Relevance) };
    assert_eq!(setup.asked(), [Question::Repositories(expected)]);
}

#[tokio::test]
async fn a_search_shows_repositories_or_images_and_never_layers() {
    let setup = Setup::new(Root::default());
    let selection = "{Page{TotalCount ItemCount} Repos{Name} Images{Tag} Layers{Digest}}";
    let page = json!({"TotalCount": 1, "ItemCount": 1});
    let cases = [
        ("red", json!({"Page": page, "Repos": [{"Name": "redis"}], "Images": [], "Layers": []})),
        ("redis:", json!({"Page": page, "Repos": null, "Images": [{"Tag": "6"}], "Layers": []})),
        (
            "no such:6",
            json!({"Page": {"TotalCount": 0, "ItemCount": 0}, "Repos": null, "Images": [], "Layers": []}),
        ),
    ];
    for (words, expected) in cases {
        let found = setup.data(&format!("{{GlobalSearch(query:\"{words}\"){selection}}}")).await;
        assert_eq!(found, json!({"GlobalSearch": expected}), "{words}");
    }
}

#[tokio::test]
async fn a_repository_shows_all_its_fields() {
    let setup = Setup::new(Root::default());
    let query =
        "{RepoListWithNewestImage{Page{TotalCount ItemCount} Results{Name LastUpdated Size Platforms{Os Arch}
        Vendors NewestImage{Tag IsDeletable} DownloadCount StarCount IsBookmarked IsStarred Rank}}}";
    let expected = json!({
        "Name": "redis", "LastUpdated": null, "Size": "99", "Platforms": [{"Os": "linux", "Arch": "arm/v7"}],
        "Vendors": ["Redis"], "NewestImage": {"Tag": "6", "IsDeletable": null}, "DownloadCount": 7, "StarCount": 2,
        "IsBookmarked": false, "IsStarred": true, "Rank": 1,
    });
    let found = setup.data(query).await;
    let page = json!({"TotalCount": 1, "ItemCount": 1});
    assert_eq!(found, json!({"RepoListWithNewestImage": {"Page": page, "Results": [expected]}}));
}

#[tokio::test]
async fn a_name_that_cannot_be_has_no_images_and_is_no_error() {
    let setup = Setup::new(Root::default());
    let found = setup.data("{ImageList(repo:\"Not A Name\"){Page{TotalCount} Results{Tag}}}").await;
    assert_eq!(found, json!({"ImageList": {"Page": {"TotalCount": 0}, "Results": []}}));
    assert_eq!(setup.asked(), []);
}

#[tokio::test]
async fn the_digest_of_the_index_itself_stands_for_the_whole_image() {
    let mut root = Root { images: Ok(atoll_service::ImagePage::default()), ..Root::default() };
    let (image, _) = root.image.as_mut().unwrap();
    image.digest = crate::fake::digest(100);
    let setup = Setup::new(root);
    let index = crate::fake::digest(100).to_string();
    setup.data(&format!("{{BaseImageList(image:\"redis:6\",digest:\"{index}\"){{Results{{Tag}}}}}}")).await;
    let manifests: Vec<_> = setup
        .asked()
        .into_iter()
        .filter_map(|question| match question {
            Question::Images(ListImages { find: FindImages::BaseOf(reference), .. }) => {
                Some(reference.manifest)
            }
            _ => None,
        })
        .collect();
    assert_eq!(manifests, [Some(index), None]);
}

#[tokio::test]
async fn a_question_that_stands_twice_is_asked_once_for_all_that_is_selected() {
    let queries = [
        "{RepoListWithNewestImage{Results{Name}} RepoListWithNewestImage{Page{TotalCount} Results{Size}}}",
        "{...F RepoListWithNewestImage{Page{TotalCount} Results{Size}}} fragment F on Query{RepoListWithNewestImage{Results{Name}}}",
        "{...on Query{RepoListWithNewestImage{Results{Name}}} ...F} fragment F on Query{...G ...G} fragment G on Query{RepoListWithNewestImage{Page{TotalCount} Results{Size}}}",
        "query($t:Boolean=true){RepoListWithNewestImage{Results{Name}} RepoListWithNewestImage@include(if:$t){Page{TotalCount} Results{Size}} RepoListWithNewestImage@skip(if:$t){Page{ItemCount}}}",
    ];
    for query in queries {
        let setup = Setup::new(Root::default());
        let data = setup.data(query).await;
        let rows = json!({ "Results": [{ "Name": "redis", "Size": "99" }], "Page": { "TotalCount": 1 } });
        assert_eq!(data, json!({ "RepoListWithNewestImage": rows }), "{query}");
        assert_eq!(setup.asked().len(), 1, "{query}");
    }
    let setup = Setup::new(Root::default());
    let aliases = "{a:RepoListWithNewestImage{Results{Name}} b:RepoListWithNewestImage{Results{Name}} __typename c:__typename __typename}";
    let answer = setup.ask(aliases).await;
    assert_eq!(answer["data"]["a"], answer["data"]["b"]);
    assert_eq!((&answer["data"]["__typename"], &answer["data"]["c"]), (&json!("Query"), &json!("Query")));
    assert_eq!(setup.asked().len(), 2);
}
