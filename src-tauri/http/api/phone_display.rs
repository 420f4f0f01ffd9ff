//! Phone numbers as people read them, beside an answer that names some: in the answer itself they stay E.164.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::call::Call;
use crate::domain::entry::{Entry, EntryContent};
use crate::domain::lead::Lead;
use crate::domain::phone;
use crate::store::query::Page;
use crate::store::query::lead::{LeadDetail, Timeline};
use crate::store::query::leads::ListedLead;

/// An answer that names phone numbers.
pub(super) trait NamesNumbers {
    /// Hands over each of them.
    fn numbers<'a>(&'a self, each: &mut dyn FnMut(&'a str));
}

/// An answer, and how people read the numbers in it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WithNumbers<T> {
    #[serde(flatten)]
    answer: T,
    /// Each number of this answer, E.164, as its country writes it: `(404) 555-0187`, `+61 491 573 087`.
    numbers: BTreeMap<String, String>,
}

impl<T: NamesNumbers> From<T> for WithNumbers<T> {
    fn from(answer: T) -> WithNumbers<T> {
        let mut named = BTreeSet::new();
        answer.numbers(&mut |number| {
            named.insert(number);
        });
        let numbers = shown(named.into_iter());
        WithNumbers { answer, numbers }
    }
}

/// Each number, and how people read it. What reads the same is left out.
pub(super) fn shown<'a>(numbers: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    let both = numbers.map(|number| (number.to_string(), phone::shown(number)));
    both.filter(|(number, shown)| number != shown).collect()
}

impl<T: NamesNumbers> NamesNumbers for Page<T> {
    fn numbers<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        self.items.iter().for_each(|item| item.numbers(each));
    }
}

impl NamesNumbers for Lead {
    fn numbers<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        self.phones.iter().for_each(|number| each(number));
    }
}

impl NamesNumbers for ListedLead {
    fn numbers<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        self.lead.numbers(each);
    }
}

impl NamesNumbers for LeadDetail {
    fn numbers<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        self.lead.numbers(each);
        self.evidence.iter().for_each(|one| each(&one.value));
        self.questions.iter().for_each(|one| each(&one.phone));
    }
}

impl NamesNumbers for Call {
    fn numbers<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        [&self.from, &self.to, &self.tracking_number].into_iter().flatten().for_each(|number| each(number));
    }
}

impl NamesNumbers for Entry {
    fn numbers<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        match &self.content {
            EntryContent::Call { call } => call.numbers(each),
            EntryContent::Message { message } => {
                [&message.from, &message.to].into_iter().flatten().for_each(|number| each(number));
            }
            EntryContent::Contact { contact } => contact.phones.iter().for_each(|number| each(number)),
            EntryContent::Form { .. }
            | EntryContent::Status { .. }
            | EntryContent::Conversation { .. }
            | EntryContent::Outcome { .. }
            | EntryContent::Note { .. }
            | EntryContent::Action { .. }
            | EntryContent::Gap { .. } => {}
        }
    }
}

impl NamesNumbers for Timeline {
    fn numbers<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        self.lead.numbers(each);
        self.entries.iter().for_each(|entry| entry.numbers(each));
        self.taken_back.iter().for_each(|taken| taken.entry.numbers(each));
    }
}
