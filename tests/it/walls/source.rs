//! What a source file names, read from its tokens: comments and tests are left out, and macros are looked into.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A source file of a room.
pub struct Source {
    /// Where it lies.
    pub path: PathBuf,
    /// What it names.
    pub names: Vec<Named>,
}

/// Something that is named, and on which line.
pub struct Named {
    /// Counted from 1.
    pub line: usize,
    /// What.
    pub what: Name,
}

/// What may be named.
pub enum Name {
    /// Words with `::` between them, as they are written; of a group each by itself.
    Path(String),
    /// A path of a `use`, and what it is called from there on.
    Import(String, String),
    /// A room of this program: what follows `crate::`, or as many `super::` as lead there.
    Room(String),
    /// A text.
    Text(String),
    /// A type that is declared: a struct, enum, trait, union or alias. What a trait leaves open is none.
    Declared(String),
}

/// Where the rooms lie.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri")
}

/// The files of a room: one of its name, or all of a folder of its name, without those that hold only tests.
pub fn of_room(name: &str) -> Vec<Source> {
    let root = root();
    let file = root.join(format!("{name}.rs"));
    let mut paths = Vec::new();
    if file.exists() {
        paths.push(file)
    } else {
        collect(&root.join(name), &["rs"], &mut paths)
    }
    assert!(!paths.is_empty(), "there is no room {name}");
    paths.retain(|path| !holds_tests(path));
    let read = |path: PathBuf| {
        let inside = path.strip_prefix(&root).unwrap();
        let modules = inside.components().count() - usize::from(inside.ends_with("mod.rs"));
        let names = names(&std::fs::read_to_string(&path).unwrap(), modules);
        Source { path, names }
    };
    paths.into_iter().map(read).collect()
}

/// Files of the folder and those below it that end so.
pub fn collect(folder: &Path, endings: &[&str], files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, endings, files);
        } else if path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted)) {
            files.push(path);
        }
    }
}

/// Tests beside the code they test, and what only they use.
fn holds_tests(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str().to_string_lossy().trim_end_matches(".rs") == "tests")
        || path.ends_with("traps.rs")
        || path.ends_with("mutate.rs")
}

/// What a text names, that lies so many modules deep.
pub fn names(text: &str, modules: usize) -> Vec<Named> {
    let mut names = Vec::new();
    let tokens = TokenStream::from_str(text).unwrap_or_else(|error| panic!("not Rust: {error}"));
    walk(&tokens.into_iter().collect::<Vec<_>>(), modules, true, &mut names);
    names
}

fn walk(tokens: &[TokenTree], modules: usize, outermost: bool, names: &mut Vec<Named>) {
    let mut at = 0;
    while at < tokens.len() {
        if let Some(name) = declared(tokens, at, outermost) {
            names.push(Named { line: tokens[at].span().start().line, what: Name::Declared(name) });
        }
        if let Some(past) = tests_end(tokens, at).or_else(|| attribute_end(tokens, at).filter(|_| is_doc(tokens, at))) {
            at = past;
            continue;
        }
        match &tokens[at] {
            TokenTree::Group(group) => {
                walk(&group.stream().into_iter().collect::<Vec<_>>(), modules, false, names);
                at += 1;
            }
            TokenTree::Literal(literal) => {
                names.push(Named { line: literal.span().start().line, what: Name::Text(literal.to_string()) });
                at += 1;
            }
            TokenTree::Ident(_) => {
                let imported = at > 0 && matches!(&tokens[at - 1], TokenTree::Ident(word) if *word == "use");
                at = path(tokens, at, "", modules, imported, names);
            }
            TokenTree::Punct(_) => at += 1,
        }
    }
}

/// Reads a path that begins at `at`, and answers where it ends. Of `a::{b, c::d}` come `a::b` and `a::c::d`.
fn path(
    tokens: &[TokenTree],
    mut at: usize,
    before: &str,
    modules: usize,
    imported: bool,
    names: &mut Vec<Named>,
) -> usize {
    let mut written = before.to_string();
    let mut line = 0;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(word)) => {
                line = word.span().start().line;
                written += &word.to_string();
                at += 1;
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace && written.ends_with("::") => {
                let inside: Vec<_> = group.stream().into_iter().collect();
                for part in inside.split(|token| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ',')) {
                    path(part, 0, &written, modules, imported, names);
                }
                return at + 1;
            }
            _ => break,
        }
        if !colons(tokens, at) {
            break;
        }
        written += "::";
        at += 2;
    }
    if let Some(room) = room_of(&written, modules) {
        names.push(Named { line, what: Name::Room(room) });
    }
    if imported {
        let path = written.trim_end_matches("::self");
        let name = match (tokens.get(at), tokens.get(at + 1)) {
            (Some(TokenTree::Ident(word)), Some(TokenTree::Ident(name))) if *word == "as" => name.to_string(),
            _ => path.rsplit("::").next().unwrap_or_default().to_string(),
        };
        names.push(Named { line, what: Name::Import(path.to_string(), name) });
    }
    names.push(Named { line, what: Name::Path(written) });
    at.max(1)
}

/// The type that is declared at `at`. An alias inside of something is what an implementation fills in.
fn declared(tokens: &[TokenTree], at: usize, outermost: bool) -> Option<String> {
    let (TokenTree::Ident(word), Some(TokenTree::Ident(name))) = (&tokens[at], tokens.get(at + 1)) else { return None };
    let declares = match word.to_string().as_str() {
        "struct" | "enum" | "trait" | "union" => true,
        "type" => outermost,
        _ => false,
    };
    declares.then(|| name.to_string())
}

fn colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at| matches!(tokens.get(at), Some(TokenTree::Punct(sign)) if sign.as_char() == ':');
    colon(at) && colon(at + 1)
}

/// The room a path leads to, from so many modules below the crate.
fn room_of(path: &str, modules: usize) -> Option<String> {
    let mut words = path.split("::").skip_while(|word| *word == "self");
    let climbs = path.split("::").skip_while(|word| *word == "self").take_while(|word| *word == "super").count();
    let room = match words.next()? {
        "crate" => words.next(),
        "super" if climbs >= modules => words.nth(climbs - 1),
        _ => None,
    };
    room.map(String::from)
}

/// Where `#[…]` ends that begins at `at`.
fn attribute_end(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let hash = matches!(tokens.get(at), Some(TokenTree::Punct(sign)) if sign.as_char() == '#');
    let inner = matches!(tokens.get(at + 1), Some(TokenTree::Punct(sign)) if sign.as_char() == '!');
    let group = at + 1 + usize::from(inner);
    (hash && matches!(tokens.get(group), Some(TokenTree::Group(_)))).then_some(group + 1)
}

fn attribute(tokens: &[TokenTree], at: usize) -> String {
    attribute_end(tokens, at).map(|end| tokens[end - 1].to_string().replace(' ', "")).unwrap_or_default()
}

fn is_doc(tokens: &[TokenTree], at: usize) -> bool {
    attribute(tokens, at).starts_with("[doc=")
}

/// Where a `#[cfg(test)] mod … { … }` ends that begins at `at`.
fn tests_end(tokens: &[TokenTree], at: usize) -> Option<usize> {
    if attribute(tokens, at) != "[cfg(test)]" {
        return None;
    }
    let mut at = attribute_end(tokens, at)?;
    while let Some(past) = attribute_end(tokens, at) {
        at = past;
    }
    let is_mod = matches!(tokens.get(at), Some(TokenTree::Ident(word)) if *word == "mod");
    let body = matches!(tokens.get(at + 2), Some(TokenTree::Group(_)));
    (is_mod && body).then_some(at + 3)
}
