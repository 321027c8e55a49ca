use super::*;

const A: MemberId = MemberId(1);
const B: MemberId = MemberId(2);
const SHARD: Shard = Shard(3);

fn layout(version: u64) -> LayoutTag {
    LayoutTag { version, digest: [7; 16] }
}

fn all_steps() -> [TenureStep; 9] {
    [
        TenureStep::Claim,
        TenureStep::BeginTaking { from: A },
        TenureStep::AddRows(Vec::new()),
        TenureStep::Take,
        TenureStep::Abandon,
        TenureStep::Yield { to: A, layout: layout(5) },
        TenureStep::Release { to: A },
        TenureStep::DropReleased,
        TenureStep::Resume,
    ]
}

/// A letter for what each of the steps above comes to: `-` refused, `.` stays, `h` held, `t` taking, `y` yielding, `r` released,
/// `a` absent; in capitals if the rows go.
fn outcomes(tenure: Tenure) -> String {
    let mut tenures = Tenures::none(4);
    tenures.0[3] = TenureRow { tenure, layout: None };
    let letter = |row: TenureRow| match row.tenure {
        Tenure::Absent => 'a',
        Tenure::Held => 'h',
        Tenure::Taking { .. } => 't',
        Tenure::Yielding { .. } => 'y',
        Tenure::Released { .. } => 'r',
    };
    let outcome = |step: &TenureStep| match tenures.decide(SHARD, step) {
        Err(_) => '-',
        Ok(Decision::Stay) => '.',
        Ok(Decision::Become(row)) => letter(row),
        Ok(Decision::Clear(row)) => letter(row).to_ascii_uppercase(),
    };
    all_steps().iter().map(outcome).collect()
}

#[test]
fn every_step_from_every_tenure() {
    // claim, begin taking from A, add rows, take, abandon, yield to A, release to A, drop, resume
    let cases = [
        (Tenure::Absent, "hT--.-..-"),
        (Tenure::Held, ".--.-y--."),
        (Tenure::Taking { from: A }, "-T.hA----"),
        (Tenure::Taking { from: B }, "-T.hA----"),
        (Tenure::Yielding { to: A }, "-----.r-h"),
        (Tenure::Yielding { to: B }, "--------h"),
        (Tenure::Released { to: A }, "-T---..Ah"),
        (Tenure::Released { to: B }, "-T-----Ah"),
    ];
    for (tenure, expected) in cases {
        assert_eq!(outcomes(tenure), expected, "{tenure:?}");
    }
}

#[test]
fn rows_go_only_where_another_member_has_them_or_they_were_never_whole() {
    for tenure in [Tenure::Held, Tenure::Yielding { to: A }, Tenure::Yielding { to: B }] {
        let outcomes = outcomes(tenure);
        assert!(!outcomes.chars().any(char::is_uppercase), "{tenure:?}: {outcomes}");
    }
}

#[test]
fn a_shard_is_not_given_away_under_an_older_layout_than_before() {
    let mut tenures = Tenures::none(4);
    let yields = |version| TenureStep::Yield { to: B, layout: layout(version) };
    let Decision::Become(row) = held(&mut tenures, None).decide(SHARD, &yields(5)).unwrap() else {
        panic!("not yielded")
    };
    assert_eq!(row.layout, Some(layout(5)));
    let error = held(&mut tenures, row.layout).decide(SHARD, &yields(4)).unwrap_err();
    assert!(matches!(error, service::Error::LayoutMismatch(_)), "{error}");
    assert!(tenures.decide(SHARD, &yields(5)).is_ok());
}

fn held(tenures: &mut Tenures, layout: Option<LayoutTag>) -> &Tenures {
    tenures.0[3] = TenureRow { tenure: Tenure::Held, layout };
    tenures
}

#[test]
fn what_is_not_held_is_refused_and_unknown_shards_are_not_held() {
    let mut tenures = Tenures::none(4);
    assert!(held(&mut tenures, None).admit(SHARD).is_ok());
    assert_eq!(tenures.admit(Shard(2)), Err(service::Error::Misdirected { layout_version: 0 }));
    assert_eq!(tenures.get(Shard(99)), Tenure::Absent);
    tenures.0[3] = TenureRow { tenure: Tenure::Yielding { to: B }, layout: Some(layout(6)) };
    assert_eq!(tenures.admit(SHARD), Err(service::Error::Misdirected { layout_version: 6 }));
}
