//! What can be asked over the link, by name.

/// One thing that a member can be asked. Its name is part of the protocol and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is a method of a trait of `service`, documented there")]
pub enum Method {
    /// Agrees on a version of the protocol.
    Hello,
    GetManifest,
    HeadManifest,
    PutManifest,
    RemoveManifest,
    ListTags,
    ListReferrers,
    StatBlob,
    ReadBlob,
    MountBlob,
    UnlinkBlob,
    BeginUpload,
    AppendUpload,
    FinishUpload,
    UploadProgress,
    CancelUpload,
    LeafCatalog,
    LeafRepositories,
    LeafImages,
    DescribeRepositories,
    DescribeImages,
    LeafImage,
    LeafExpanded,
    LeafReferrers,
    LeafLayers,
    LeafHolder,
    LeafFreshness,
    Marks,
    ToggleMark,
    SetStar,
    Status,
    Sweep,
    Standing,
    Rows,
    Needed,
    Content,
    YieldShard,
    Release,
    Acquaintances,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 39] = [
        Self::Hello,
        Self::GetManifest,
        Self::HeadManifest,
        Self::PutManifest,
        Self::RemoveManifest,
        Self::ListTags,
        Self::ListReferrers,
        Self::StatBlob,
        Self::ReadBlob,
        Self::MountBlob,
        Self::UnlinkBlob,
        Self::BeginUpload,
        Self::AppendUpload,
        Self::FinishUpload,
        Self::UploadProgress,
        Self::CancelUpload,
        Self::LeafCatalog,
        Self::LeafRepositories,
        Self::LeafImages,
        Self::DescribeRepositories,
        Self::DescribeImages,
        Self::LeafImage,
        Self::LeafExpanded,
        Self::LeafReferrers,
        Self::LeafLayers,
        Self::LeafHolder,
        Self::LeafFreshness,
        Self::Marks,
        Self::ToggleMark,
        Self::SetStar,
        Self::Status,
        Self::Sweep,
        Self::Standing,
        Self::Rows,
        Self::Needed,
        Self::Content,
        Self::YieldShard,
        Self::Release,
        Self::Acquaintances,
    ];

    /// The name in the path of a call.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::GetManifest => "get-manifest",
            Self::HeadManifest => "head-manifest",
            Self::PutManifest => "put-manifest",
            Self::RemoveManifest => "remove-manifest",
            Self::ListTags => "list-tags",
            Self::ListReferrers => "list-referrers",
            Self::StatBlob => "stat-blob",
            Self::ReadBlob => "read-blob",
            Self::MountBlob => "mount-blob",
            Self::UnlinkBlob => "unlink-blob",
            Self::BeginUpload => "begin-upload",
            Self::AppendUpload => "append-upload",
            Self::FinishUpload => "finish-upload",
            Self::UploadProgress => "upload-progress",
            Self::CancelUpload => "cancel-upload",
            Self::LeafCatalog => "leaf-catalog",
            Self::LeafRepositories => "leaf-repositories",
            Self::LeafImages => "leaf-images",
            Self::DescribeRepositories => "describe-repositories",
            Self::DescribeImages => "describe-images",
            Self::LeafImage => "leaf-image",
            Self::LeafExpanded => "leaf-expanded",
            Self::LeafReferrers => "leaf-referrers",
            Self::LeafLayers => "leaf-layers",
            Self::LeafHolder => "leaf-holder",
            Self::LeafFreshness => "leaf-freshness",
            Self::Marks => "marks",
            Self::ToggleMark => "toggle-mark",
            Self::SetStar => "set-star",
            Self::Status => "status",
            Self::Sweep => "sweep",
            Self::Standing => "standing",
            Self::Rows => "rows",
            Self::Needed => "needed",
            Self::Content => "content",
            Self::YieldShard => "yield-shard",
            Self::Release => "release",
            Self::Acquaintances => "acquaintances",
        }
    }

    /// The method of that name; `None` for one that a newer member knows.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Whether content travels with it, so that it must not stand in the way of small calls.
    pub fn is_bulk(self) -> bool {
        matches!(self, Self::ReadBlob | Self::AppendUpload | Self::FinishUpload | Self::Content | Self::Rows)
    }

    /// Whether members with different layouts may ask it of one another: how they are, and handing shards over. A member that was
    /// taken off the list keeps its old layout to its end, and its shards must still be had from it.
    pub fn is_between_layouts(self) -> bool {
        matches!(
            self,
            Self::Standing
                | Self::Acquaintances
                | Self::Rows
                | Self::Needed
                | Self::Content
                | Self::YieldShard
        )
    }

    /// Whether a body follows the request.
    pub fn has_request_body(self) -> bool {
        matches!(self, Self::AppendUpload | Self::FinishUpload)
    }

    /// Whether it may take long although nothing is wrong: it reads or writes as much as there is.
    pub fn is_slow(self) -> bool {
        matches!(
            self,
            Self::FinishUpload
                | Self::AppendUpload
                | Self::MountBlob
                | Self::Sweep
                | Self::Rows
                | Self::Needed
                | Self::YieldShard
                | Self::Release
        )
    }
}
