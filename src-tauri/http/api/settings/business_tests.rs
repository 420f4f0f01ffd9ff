#![allow(clippy::unwrap_used)]

use super::*;

fn span(from: &str, to: &str) -> Span {
    Span { from: from.into(), to: to.into() }
}

fn rep(name: &str, also: &[&str]) -> RepView {
    RepView { name: name.into(), also: also.iter().map(|also| also.to_string()).collect() }
}

#[test]
fn opening_times_are_in_order_and_apart() {
    let day = |spans: &[Span]| open("Monday", spans).ok();
    assert_eq!(day(&[span("09:00", "17:00")]), Some(vec![(540, 1020)]));
    assert_eq!(day(&[span("13:00", "24:00"), span("08:30", "12:00")]), Some(vec![(510, 720), (780, 1440)]));
    assert_eq!(day(&[span("09:00", "12:00"), span("12:00", "17:00")]), Some(vec![(540, 1020)]), "they meet");
    assert_eq!(day(&[]), Some(vec![]));
    for bad in [
        vec![span("17:00", "09:00")],
        vec![span("09:00", "09:00")],
        vec![span("22:00", "00:00")],
        vec![span("09:00", "24:01")],
        vec![span("9:00", "17:00")],
        vec![span("09:60", "17:00")],
        vec![span("+9:00", "17:00")],
        vec![span("09:00", "13:00"), span("12:59", "17:00")],
        vec![span("09:00", "10:00"); 2],
        (0..9).map(|n| span(&format!("{n:02}:00"), &format!("{n:02}:30"))).collect(),
    ] {
        assert_eq!(day(&bad), None, "{bad:?}");
    }
}

#[test]
fn zones_and_currencies_are_known_ones() {
    assert_eq!(zone(Some(" Europe/Berlin ".into())).ok(), Some(Some("Europe/Berlin".into())));
    assert_eq!(zone(Some(String::new())).ok(), Some(None));
    assert_eq!(zone(None).ok(), Some(None));
    for bad in ["Mars/Olympus", "Europe", "../etc/passwd", "EST5EDT,M3"] {
        assert!(zone(Some(bad.into())).is_err(), "{bad}");
    }
    assert_eq!(currency(" eur ").ok().as_deref(), Some("EUR"));
    for bad in ["", "EURO", "XYZ", "€", "US D"] {
        assert!(currency(bad).is_err(), "{bad}");
    }
}

#[test]
fn nobody_goes_by_the_name_of_another() {
    let made =
        reps(vec![rep("  Sam   Lee ", &["sam@roofs.example", "SAM LEE", "", "Sam@roofs.example"]), rep("Kim", &[])]);
    let made = made.ok().unwrap();
    assert_eq!(made[0], Rep { name: "Sam Lee".into(), also: vec!["sam@roofs.example".into()] });
    assert_eq!(made.len(), 2);
    for bad in [
        vec![rep("", &[])],
        vec![rep("Sam", &[]), rep("sam", &[])],
        vec![rep("Sam", &["Kim"]), rep("Kim", &[])],
        vec![rep("Sam", &["x@y"]), rep("Kim", &["X@Y"])],
        vec![rep(&"x".repeat(101), &[])],
        vec![rep("Sam\u{7}", &[])],
    ] {
        assert!(reps(bad.clone()).is_err(), "{bad:?}");
    }
}

#[test]
fn numbers_and_days_are_read() {
    let read = |text: &str| numbers(&[text.into()], "US").ok().map(|set| set.into_iter().next().unwrap());
    assert_eq!(read("(404) 555-0142").as_deref(), Some("+14045550142"));
    assert_eq!(read("+49 30 901820").as_deref(), Some("+4930901820"));
    assert_eq!(read("555-0142"), None);
    assert_eq!(holidays(&["2026-12-25".into(), "2026-01-01".into(), " 2026-12-25".into()]).ok().unwrap().len(), 2);
    for bad in ["2026-02-30", "25.12.2026", "", "0001-01-01"] {
        assert!(holidays(&[bad.into()]).is_err(), "{bad}");
    }
}

#[test]
fn services_words_lead_to_the_person() {
    let set = Business { reps: vec![Rep { name: "Sam".into(), also: vec!["sam@x".into()] }], ..Business::default() };
    assert_eq!((set.rep_of("SAM@x "), set.rep_of(" sam"), set.rep_of("lee@x")), ("Sam", "Sam", "lee@x"));
    assert_eq!(Business { time_zone: Some("Asia/Tokyo".into()), ..Business::default() }.zone().name(), "Asia/Tokyo");
}
