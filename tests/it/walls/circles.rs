//! Files of one room that need each other. A module may use its own parts, and those what stands in it: what counts is
//! what one file takes from another that is no part of it. A name that a module only passes on is taken from where it is
//! declared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::source::{Name, Named};

/// What lies between `crate::` and a name.
type Module = Vec<String>;

/// Files by their modules, with what each names.
#[derive(Default)]
pub struct Room {
    files: BTreeMap<Module, Vec<Named>>,
}

impl Room {
    /// Adds a file, by its path from `src-tauri/`.
    pub fn add(&mut self, path: &Path, names: Vec<Named>) {
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
    pub fn circles(&self) -> BTreeSet<BTreeSet<String>> {
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
