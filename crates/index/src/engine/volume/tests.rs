use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::fixture::*;
use crate::{Reads, Rows as _, Span};

type Model = BTreeMap<(Table, Vec<u8>), Vec<u8>>;
type Write = (Table, Vec<u8>, Option<Vec<u8>>);

const TABLES: [Table; 3] = [Table::Tags, Table::Blobs, Table::Changes];

#[derive(Debug, Clone)]
enum Step {
    Batch(Vec<Write>),
    /// A batch that is thrown away.
    Failed(Vec<Write>),
    /// The first half of a checkpoint, and the second.
    LetGo,
    Arrive,
    Checkpoint,
    Clear(Table, Vec<u8>),
    Snapshot,
}

fn table() -> impl Strategy<Value = Table> {
    prop::sample::select(TABLES.as_slice())
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0_u8..3, 0..4)
}

fn batch() -> impl Strategy<Value = Vec<Write>> {
    let value = prop::option::weighted(0.6, prop::collection::vec(any::<u8>(), 0..3));
    prop::collection::vec((table(), key(), value), 1..12)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => batch().prop_map(Step::Batch),
        1 => batch().prop_map(Step::Failed),
        2 => Just(Step::LetGo),
        2 => Just(Step::Arrive),
        1 => Just(Step::Checkpoint),
        1 => (table(), key()).prop_map(|(table, prefix)| Step::Clear(table, prefix)),
        2 => Just(Step::Snapshot),
    ]
}

fn volume() -> Volume {
    let (_host, files) = simulated(1);
    let files: Arc<dyn Files> = Arc::new(files);
    Volume::open(&Options { location: Location::Memory, ..simulated_options() }, &files).unwrap()
}

fn draft(volume: &Volume, writes: &[Write]) -> Draft {
    let mut draft = Draft::of(&volume.latest);
    for (table, key, value) in writes {
        match value {
            Some(value) => draft.put(*table, key, value).unwrap(),
            None => draft.remove(*table, key).unwrap(),
        }
    }
    draft
}

/// A volume, what should be in it, and the rows on their way.
struct World {
    volume: Volume,
    model: Model,
    leaving: Option<Arc<Recent>>,
}

fn run(world: &mut World, step: &Step) {
    let World { volume, model, leaving } = world;
    match step {
        Step::Batch(writes) => {
            volume.latest = draft(volume, writes).finish().unwrap();
            for (table, key, value) in writes {
                match value {
                    Some(value) => model.insert((*table, key.clone()), value.clone()),
                    None => model.remove(&(*table, key.clone())),
                };
            }
        }
        Step::Failed(writes) => drop(draft(volume, writes)),
        Step::LetGo if leaving.is_none() => *leaving = Some(volume.latest.let_go()),
        Step::LetGo | Step::Arrive => arrive(volume, leaving),
        Step::Checkpoint => {
            arrive(volume, leaving);
            volume.replace(&hands(volume), Reach::Member, |_| Ok(())).unwrap();
        }
        Step::Clear(table, prefix) => {
            arrive(volume, leaving);
            volume.replace(&hands(volume), Reach::All, |rows| rows.clear(*table, prefix)).unwrap();
            model.retain(|(of, key), _| of != table || !key.starts_with(prefix));
        }
        Step::Snapshot => {}
    }
}

fn arrive(volume: &mut Volume, leaving: &mut Option<Arc<Recent>>) {
    if let Some(rows) = leaving.take() {
        let next = volume.next_round();
        let order = Order { rest: volume.rest(), rows, next };
        volume.latest.arrived(bring::make(&order).unwrap());
        volume.format = next;
    }
}

fn hands(volume: &Volume) -> Hands {
    let current = Arc::new(arc_swap::ArcSwap::new(volume.opened()));
    Hands { flusher: Flusher::new(current, true), checkpoints: Checkpoints::new() }
}

fn assert_same(opened: &Opened, model: &Model, probes: &[Vec<u8>]) {
    let expected = |table: Table, span: &Span| -> Vec<(Vec<u8>, Vec<u8>)> {
        let of_table = model.iter().filter(|((of, _), _)| *of == table);
        let rows: BTreeMap<_, _> = of_table.map(|((_, key), value)| (key.clone(), value.clone())).collect();
        rows.range::<[u8], _>(span.bounds()).map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    for table in TABLES {
        let spans = probes.iter().flat_map(|probe| [Span::of(probe), Span::behind(&[], probe.clone())]);
        for span in spans.chain([Span::of(&[])]) {
            let found: Vec<_> = opened.scan(table, span.clone()).unwrap().collect::<Result<_, _>>().unwrap();
            assert_eq!(found, expected(table, &span));
        }
        for probe in probes {
            let found = opened.read(table, probe, |value| Ok(value.to_vec())).unwrap();
            assert_eq!(found.as_ref(), model.get(&(table, probe.clone())));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn rows_are_those_of_a_plain_map_and_snapshots_stay_what_they_were(
        steps in prop::collection::vec(step(), 1..40),
        probes in prop::collection::vec(key(), 1..6),
    ) {
        let mut world = World { volume: volume(), model: Model::new(), leaving: None };
        let mut snapshots = Vec::new();
        for step in &steps {
            run(&mut world, step);
            if matches!(step, Step::Snapshot) {
                snapshots.push((world.volume.opened(), world.model.clone()));
            }
            assert_same(&world.volume.latest, &world.model, &probes);
        }
        for (opened, model) in &snapshots {
            assert_same(opened, model, &probes);
        }
    }
}

fn apply(volume: &mut Volume, command: crate::Command) -> Result<Vec<Answer>, Error> {
    let placed = (home(&command.about.home()), command);
    let hands = hands(volume);
    volume.apply(&[placed], &hands).map(|(answers, _)| answers)
}

fn is_above_the_database(volume: &Volume, table: Table) -> bool {
    volume.latest.recent().range(table, Span::of(&[])).next().is_some()
}

#[test]
fn many_removed_rows_are_brought_into_the_database_before_the_next_batch() {
    let mut volume = volume();
    let names: Vec<String> =
        (0..super::super::recent::MAX_REMOVED).map(|number| format!("v{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    apply(&mut volume, put("a", 1, tagged(1, &names))).unwrap();
    assert!(is_above_the_database(&volume, Table::Tags));
    apply(&mut volume, delete("a", 1)).unwrap();
    assert_eq!(volume.latest.scan(Table::Tags, Span::of(&[])).unwrap().count(), 0);
    apply(&mut volume, link("a", 2)).unwrap();
    assert!(!is_above_the_database(&volume, Table::Tags));
    assert_eq!(volume.latest.scan(Table::Tags, Span::of(&[])).unwrap().count(), 0);
    assert!(is_above_the_database(&volume, Table::Blobs));
}

#[test]
fn without_a_log_rows_go_to_the_database_when_their_memory_is_full() {
    let mut volume = volume();
    let body = bytes::Bytes::from(vec![b'x'; crate::INLINE_MAX_BYTES]);
    let large = |number| {
        put("a", number, crate::PutManifest { body: crate::Body::Inline(body.clone()), ..manifest(number) })
    };
    let count = 3 * super::super::recent::MAX_BYTES / crate::INLINE_MAX_BYTES;
    let first_round = volume.format.round;
    for number in 0..u64::try_from(count).unwrap() {
        apply(&mut volume, large(number)).unwrap();
    }
    let emptied = volume.format.round - first_round;
    assert!((2..=3).contains(&emptied), "emptied {emptied} times");
    assert_eq!(volume.latest.scan(Table::Manifests, Span::of(&[])).unwrap().count(), count);
}

#[test]
fn a_fault_in_the_middle_of_a_batch_leaves_nothing_of_it() {
    let mut volume = volume();
    apply(&mut volume, put("a", 1, tagged(1, &["t"]))).unwrap();
    let keys = crate::keys::RepositoryKeys::new(home("a"), &repository("a"));
    let hands = hands(&volume);
    volume.replace(&hands, Reach::All, |rows| rows.put(Table::Tags, &keys.tag("t"), &[1, 0xff])).unwrap();
    let batch = [link("a", 5), put("a", 2, tagged(2, &["t"]))].map(|command| (home("a"), command));
    assert!(matches!(volume.apply(&batch, &hands), Err(Error::Damaged { of: "tags", .. })));
    assert!(!is_above_the_database(&volume, Table::Blobs));
    let answer = apply(&mut volume, link("a", 6)).unwrap().pop().unwrap().unwrap();
    assert_eq!(answer.position, 2);
}

#[test]
fn a_checkpoint_that_is_taken_back_leaves_everything_for_the_next_one() {
    let mut volume = volume();
    (1..20).for_each(|number| drop(apply(&mut volume, link("a", number)).unwrap()));
    let hands = hands(&volume);
    let taken_back = volume.replace(&hands, Reach::All, |rows| {
        rows.put(Table::Tags, b"half", b"done")?;
        Err(Error::Stopped)
    });
    assert!(matches!(taken_back, Err(Error::Stopped)));
    apply(&mut volume, link("a", 20)).unwrap();
    volume.replace(&hands, Reach::Member, |_| Ok(())).unwrap();
    assert!(!is_above_the_database(&volume, Table::Blobs));
    assert_eq!(volume.latest.scan(Table::Blobs, Span::of(&[])).unwrap().count(), 20);
    assert_eq!(volume.latest.scan(Table::Tags, Span::of(&[])).unwrap().count(), 0);
}
