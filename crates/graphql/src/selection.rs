//! What a query selects: descriptions are asked for no more than it shows.

use async_graphql::{Context, Lookahead, SelectionField};
use atoll_service::Want;

const TEXTS: [&str; 8] =
    ["Description", "Licenses", "Labels", "Title", "Source", "Documentation", "Vendor", "Authors"];

/// What is wanted of images that are selected like this.
pub(crate) fn of_images(images: &Lookahead<'_>) -> Want {
    let manifests = images.field("Manifests");
    Want {
        layers: manifests.field("Layers").exists(),
        history: manifests.field("History").exists(),
        referrers: images.field("Referrers").exists() || manifests.field("Referrers").exists(),
        texts: TEXTS.iter().any(|name| images.field(name).exists()),
        newest: false,
    }
}

/// What is wanted of repositories that are selected like this.
pub(crate) fn of_repositories(repositories: &Lookahead<'_>) -> Want {
    let newest = repositories.field("NewestImage");
    Want { newest: newest.exists(), ..of_images(&newest) }
}

/// What either wants.
pub(crate) fn either(left: Want, right: Want) -> Want {
    Want {
        layers: left.layers || right.layers,
        history: left.history || right.history,
        referrers: left.referrers || right.referrers,
        texts: left.texts || right.texts,
        newest: left.newest || right.newest,
    }
}

/// Whether images selected like this show what is known of their vulnerabilities.
pub(crate) fn rates(images: &Lookahead<'_>) -> bool {
    images.field("Vulnerabilities").exists()
}

/// How many fields one row of the current list shows.
pub(crate) fn fields(context: &Context<'_>) -> u64 {
    context.look_ahead().selection_fields().into_iter().map(below).fold(0, u64::saturating_add)
}

fn below(field: SelectionField<'_>) -> u64 {
    field.selection_set().map(|inner| below(inner).saturating_add(1)).fold(0, u64::saturating_add)
}
