//! Where a mail stands in a text: as it is, said in words, or with what a mail box is hung about with.

use super::tokens;

/// What programs that send for others begin the address with that answers come back to, which names whom they wrote to.
const RETURNS: [&str; 20] = [
    "bounce",
    "bounces",
    "bounced",
    "return",
    "returns",
    "verp",
    "owner",
    "list",
    "news",
    "newsletter",
    "reply",
    "noreply",
    "errors",
    "mailer",
    "request",
    "prvs",
    "msprvs1",
    "srs0",
    "srs1",
    "btv1",
];

/// Letters of a mail that are looked at.
const MOST: usize = 120;

/// Bytes of the first letters that are some of a mail.
fn length(letters: impl Iterator<Item = char>, within: impl Fn(char) -> bool) -> usize {
    letters.take(MOST).take_while(|c| within(*c)).map(char::len_utf8).sum()
}

/// The folded text holds the mail, or another that reaches the same box.
pub(super) fn has_mail(plain: &str, mail: &str) -> bool {
    if stands(plain, mail) {
        return true;
    }
    let Some((local, domain)) = mail.rsplit_once('@') else { return false };
    tagged(plain, local, domain) || returned(plain, local, domain)
}

/// A letter of a mail.
fn is_within(c: char) -> bool {
    c.is_alphanumeric() || "._+-".contains(c)
}

/// The mail stands there by itself, not as the end of a longer one.
pub(super) fn stands(plain: &str, mail: &str) -> bool {
    plain
        .match_indices(mail)
        .any(|(at, _)| ends(&plain[at + mail.len()..]) && !plain[..at].chars().next_back().is_some_and(is_within))
}

/// What follows is not more of the same name of a host.
fn ends(after: &str) -> bool {
    let mut after = after.chars();
    match after.next() {
        Some('.') => !after.next().is_some_and(char::is_alphanumeric),
        Some(c) => !(c.is_alphanumeric() || c == '-'),
        None => true,
    }
}

/// `jane+news@example.com` reaches whom `jane@example.com` does.
fn tagged(plain: &str, local: &str, domain: &str) -> bool {
    plain.match_indices(&format!("{local}+")).any(|(at, found)| {
        let rest = &plain[at + found.len()..];
        let tag = length(rest.chars(), is_within);
        let host = rest[tag..].strip_prefix('@').and_then(|host| host.strip_prefix(domain));
        tag > 0 && host.is_some_and(ends) && !plain[..at].chars().next_back().is_some_and(is_within)
    })
}

/// `bounce-jane=example.com@lists.example.net`, `SRS0=x=y=example.com=jane@relay.example.net`: whom a mail went to, in the
/// address that it comes back to when it cannot be delivered.
fn returned(plain: &str, local: &str, domain: &str) -> bool {
    let of = |c: char| is_within(c) || c == '=';
    // What stands before it in the address, and whether the address goes on at a host.
    let around = |at: usize, end: usize| {
        let before = length(plain[..at].chars().rev(), of);
        let to = plain[end..].starts_with('@') && plain[end + 1..].starts_with(char::is_alphanumeric);
        to.then_some(&plain[at - before..at])
    };
    let verp = || {
        // With what the box is hung about with: `jane+news=example.com`.
        plain.match_indices(&format!("={domain}@")).any(|(end, _)| {
            let box_ = length(plain[..end].chars().rev(), is_within);
            let boxed = &plain[end - box_..end];
            let places = [boxed.len().checked_sub(local.len()), boxed.find(&format!("{local}+"))];
            places.into_iter().flatten().any(|from| {
                boxed.get(from..).is_some_and(|rest| rest.starts_with(local))
                    && around(end - box_ + from, end + 1 + domain.len()).is_some_and(is_return)
            })
        })
    };
    let srs = || {
        plain.match_indices(&format!("={domain}={local}@")).any(|(at, found)| {
            let before = around(at, at + found.len() - 1);
            before.is_some_and(|before| before.starts_with("srs"))
        })
    };
    verp() || srs()
}

/// Nobody's name stands before it: `bounce-`, `bounces+123-ab9f-`, `prvs=0123=`. In `ann-` it is somebody else.
fn is_return(before: &str) -> bool {
    let Some(words) = before.strip_suffix(['-', '+', '=']) else { return before.is_empty() };
    let mut words = words.split(['-', '+', '=']);
    let known = |word: &str| RETURNS.contains(&word);
    let counted = |word: &str| known(word) || word.contains(|c: char| c.is_ascii_digit());
    let first = words.next().unwrap_or_default();
    match words.next_back() {
        None => known(first),
        Some(last) => (known(first) || words.any(known)) && counted(last),
    }
}

/// A mail with its signs in words: `jane at example dot com`, `jane [at] example.com`.
pub(super) fn is_said<'a>(plain: &str, mails: impl Iterator<Item = &'a String> + Clone) -> bool {
    if !plain.contains("at") || mails.clone().all(|mail| !plain.contains(mail.split('@').next().unwrap_or(mail))) {
        return false;
    }
    let found = tokens(plain);
    mails.filter_map(|mail| mail.split_once('@')).any(|(local, domain)| {
        let words = |text: &str| tokens(text).into_iter().map(|token| token.folded);
        let whole: Vec<String> = words(local).chain(["at".to_string()]).chain(words(domain)).collect();
        // Many dots in a row are looked at once, not once from each of them.
        (0..found.len()).filter(|at| found[*at].folded != "dot").any(|at| {
            let mut said = found[at..].iter().filter(|token| token.folded != "dot");
            whole.iter().all(|word| said.next().is_some_and(|token| token.folded == *word))
        })
    })
}
