//! Whole names of many people in words that are about nobody, such as the name of a campaign. A single word of a name means
//! nothing there: "Park" is a street as well.

use std::collections::HashSet;

use super::{Cover, Mask, covered, links, mails};
use crate::domain::text_normalize::tokens;

/// Knows how many people are called.
#[derive(Debug, Default)]
pub struct WholeNames {
    /// Folded words in their order, and turned round ("Doe, Jane").
    names: HashSet<Vec<String>>,
    longest: usize,
    /// A mask that knows nobody: what looks like a number is covered whoever's it is.
    anybody: Mask,
}

impl WholeNames {
    /// Somebody is called so.
    pub fn add(&mut self, name: &str) {
        let words: Vec<String> = tokens(name).into_iter().map(|token| token.folded).collect();
        if words.iter().map(|word| word.chars().count()).sum::<usize>() < 3 {
            return;
        }
        self.longest = self.longest.max(words.len());
        if words.len() > 1 {
            let mut turned = words.clone();
            turned.rotate_right(1);
            self.names.insert(turned);
        }
        self.names.insert(words);
    }

    /// The text with names, numbers, mails and links covered. A name of one word is covered where it is all that is said.
    pub fn text(&self, text: &str) -> String {
        let mut spans = Vec::new();
        links(text, &mut spans);
        mails(text, &mut spans);
        self.anybody.numbers_in(text, &mut spans);
        let found = tokens(text);
        for from in 0..found.len() {
            for to in (from + 1..=found.len().min(from + self.longest)).rev() {
                if to - from < 2 && found.len() > 1 {
                    break;
                }
                let words: Vec<String> = found[from..to].iter().map(|token| token.folded.clone()).collect();
                if self.names.contains(&words) {
                    let (first, last) = (&found[from], &found[to - 1]);
                    spans.push((first.span.start..last.span.end, Cover::Name));
                    break;
                }
            }
        }
        covered(text, spans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_names_are_covered_and_their_words_stay() {
        let mut names = WholeNames::default();
        for name in ["Zoë Park", "Ann Other", "Cher", "Li", "María-José de la Torre"] {
            names.add(name);
        }
        for (text, covered) in [
            ("Park Street, spring", "Park Street, spring"),
            ("Referred by zoe PARK.", "Referred by [name]."),
            ("Park, Zoë", "[name]"),
            ("maria jose de la torre, friend", "[name], friend"),
            ("Cher", "[name]"),
            ("A cher prix", "A cher prix"),
            ("Li", "Li"),
            ("call (404) 555-0142 or ann@example.com", "call ([number] or [e-mail]"),
            ("google / cpc", "google / cpc"),
            ("", ""),
        ] {
            assert_eq!(names.text(text), covered);
        }
    }
}
