use super::{Line, Quantity, Target, Unit, rendered};

fn compared(ratio: f64, target: Target) -> Line {
    Line {
        what: "pull".to_owned(),
        value: Quantity { value: 1234.5, unit: Unit::PerSecond },
        peer: Some(("nginx".to_owned(), Quantity { value: 99.95, unit: Unit::PerSecond })),
        ratio: Some(ratio),
        target: Some(target),
    }
}

#[test]
fn a_target_is_for_the_ratio_where_there_is_one() {
    assert_eq!(compared(0.9, Target::AtLeast(0.9)).is_met(), Some(true));
    assert_eq!(compared(0.89, Target::AtLeast(0.9)).is_met(), Some(false));
    assert_eq!(compared(3.1, Target::AtMost(3.0)).is_met(), Some(false));
    let memory = Quantity { value: 14.0, unit: Unit::Mebibytes };
    assert_eq!(Line::alone("idle", memory, Target::AtMost(15.0)).is_met(), Some(true));
}

#[test]
fn a_line_is_written_with_its_figures_and_verdict() {
    let text = rendered(&[compared(0.5, Target::AtLeast(0.9))]);
    assert_eq!(text.lines().last(), Some("| pull | 1234/s | nginx | 100.0/s | 0.50 | ≥ 0.9 | **missed** |"));
}

#[test]
fn a_line_without_a_peer_has_a_target_with_its_unit() {
    let start = Quantity { value: 7.125, unit: Unit::Milliseconds };
    let text = rendered(&[Line::alone("start", start, Target::AtMost(100.0))]);
    assert_eq!(text.lines().last(), Some("| start | 7.12 ms |  |  |  | ≤ 100 ms | met |"));
}
