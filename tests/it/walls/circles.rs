//! Files of one room that need each other. A module may use its own parts, and those what stands in it: what counts is
//! what one file takes from another that is no part of it. A name that a module only passes on is taken from where it is
//! declared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::ROOMS;
use super::source::{Name, Named, names, of_room, root};

/// What lies between `crate::` and a name.
type Module = Vec<String>;

/// Files by their modules, with what each names.
#[derive(Default)]
struct Room {
    files: BTreeMap<Module, Vec<Named>>,
}

impl Room {
    /// Adds a file, by its path from `src-tauri/`.
    fn add(&mut self, path: &Path, names: Vec<Named>) {
        let mut module: Module = path.with_extension("").iter().map(|part| part.to_string_lossy().into()).collect();
        module.pop_if(|last| last == "mod");
        self.files.insert(module, names);
    }

    /// The module of the file where a path leads, as it is written in a file.
    fn leads_to(&self, from: &[String], path: &str, depth: usize) -> Option<Module> {
        let mut words = path.split("::").skip_while(|word| *word == "self").peekable();
        let mut at: Module = match *words.peek()? {
            "crate" => {
                words.next();
                Module::new()
            }
            "super" => {
                let climbs = path.split("::").filter(|word| *word == "super").count();
                words.by_ref().take(climbs).for_each(drop);
                from[..from.len().checked_sub(climbs)?].to_vec()
            }
            part => {
                let inside = [from, &[part.to_string()]].concat();
                self.files.contains_key(&inside).then(|| from.to_vec())?
            }
        };
        while let Some(word) = words.peek() {
            let next = [&at[..], &[word.to_string()]].concat();
            if !self.files.keys().any(|module| module.starts_with(&next)) {
                break;
            }
            at = next;
            words.next();
        }
        let names = self.files.get(&at)?;
        let rest: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let passed_on = rest.first().filter(|_| depth < 8).and_then(|wanted| {
            let mut imports = names.iter().filter_map(|named| match &named.what {
                Name::Import(path, name) if name == wanted => Some(path.as_str()),
                _ => None,
            });
            imports.find_map(|import| self.leads_to(&at, &[import, &rest[1..].join("::")].join("::"), depth + 1))
        });
        Some(passed_on.unwrap_or(at))
    }

    /// What each file takes from others that are no parts of it.
    fn takes(&self) -> BTreeMap<&Module, BTreeSet<Module>> {
        let of = |(module, names): (&Module, &Vec<Named>)| {
            let paths = names.iter().filter_map(|named| match &named.what {
                // `pub(super)` is no use of anything.
                Name::Path(path) if !path.ends_with("super") => Some(path.as_str()),
                _ => None,
            });
            let to = paths.filter_map(|path| self.leads_to(module, path, 0));
            to.filter(|to| !to.starts_with(module)).collect()
        };
        self.files.iter().map(|file| (file.0, of(file))).collect()
    }

    /// Files that need each other, each set of them once.
    fn circles(&self) -> BTreeSet<BTreeSet<String>> {
        let takes = self.takes();
        let reached = |from: &Module| {
            let mut reached: BTreeSet<&Module> = BTreeSet::new();
            let mut next: Vec<&Module> = takes[from].iter().collect();
            while let Some(module) = next.pop() {
                if reached.insert(module) {
                    next.extend(takes.get(module).into_iter().flatten());
                }
            }
            reached
        };
        let all: BTreeMap<&Module, BTreeSet<&Module>> = takes.keys().map(|from| (*from, reached(from))).collect();
        let circle = |(from, reached): (&&Module, &BTreeSet<&Module>)| -> BTreeSet<String> {
            let back = reached.iter().filter(|to| all.get(**to).is_some_and(|of| of.contains(*from)));
            back.map(|module| module.join("::")).collect()
        };
        all.iter().map(circle).filter(|circle| circle.len() > 1).collect()
    }
}

/// Rooms with files that need each other, and how many such circles. The store comes apart with the next issue.
const CIRCLES: [(&str, usize); 1] = [("store", 1)];

/// Files that need each other are one file in several.
#[test]
fn files_of_a_room_do_not_need_each_other() {
    let circles = |files: &[(&str, &str)]| {
        let mut room = Room::default();
        for (path, text) in files {
            room.add(
                Path::new(path),
                names(text, Path::new(path).iter().count() - usize::from(path.ends_with("mod.rs"))),
            );
        }
        room.circles().len()
    };
    for (one, other) in [
        ("use super::b::B;", "use super::a::A;"),
        ("fn f() { super::b::g() }", "use crate::store::{a::A, c};"),
        ("use super::B;", "use super::{c, a::A};"),
        ("use super::b::*;", "use super::a::A as B;"),
        ("use super::Q;", "use super::a;"),
    ] {
        // A name that a room passes on is of the file that declares it; what a room itself says is of the room.
        let files = [
            ("store/mod.rs", "pub use b::{B, P as Q}; pub use c::C;"),
            ("store/a.rs", one),
            ("store/b.rs", other),
            ("store/c.rs", ""),
        ];
        assert_eq!(circles(&files), 1, "this is not seen: {one} {other}");
    }
    let parts = [("store/mod.rs", "use a::A; fn f() { a::g() }"), ("store/a.rs", "use super::f; pub(super) fn g() {}")];
    assert_eq!(circles(&parts), 0, "a part and its room are one");
    for (room, _) in ROOMS {
        let mut files = Room::default();
        for file in of_room(room) {
            files.add(file.path.strip_prefix(root()).unwrap(), file.names);
        }
        let (found, known) = (files.circles(), CIRCLES.iter().find(|(known, _)| *known == room));
        assert!(found.len() <= known.map_or(0, |(_, count)| *count), "{room}: {found:#?}");
    }
}
