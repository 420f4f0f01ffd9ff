//! What people say, at length: calls of minutes, texts, notes.
//!
//! Sentences are put together from patterns and lists (`words.txt`, some 1,400 entries by hand, commonest first); common
//! words come often and rare ones rarely, and names of people, streets, firms and products are made of syllables, so that
//! the vocabulary goes on growing as real vocabulary does. So neither packing nor full text is flattered by sentences that
//! come again word for word. Whole numbers only: the same on every machine.

use std::collections::HashMap;
use std::sync::LazyLock;

use fastrand::Rng;

use super::people::{InventedPerson, SpokenLine, phone_of};

/// The lists by their names.
static LISTS: LazyLock<HashMap<&'static str, Vec<String>>> = LazyLock::new(|| {
    let lines = include_str!("words.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut words = line.split(' ');
            let name = words.next()?;
            Some((name, words.map(|word| word.replace('_', " ")).collect()))
        })
        .collect()
});

/// `[list]` is a word of a list; `[name]`, `[street]`, `[company]` and `[model]` are made up; `[money]` and `[digits]` count.
const CALLER: [&str; 46] = [
    "we [past] the [noun] in the [room] [time] and now the [adj] [noun] is [adj] again",
    "[person] said you could [verb] a [noun] without touching the [noun]",
    "is the [noun] included, or do we [verb] that ourselves",
    "I had [company] out here [time] and they [past] a [adj] [noun] that never [past]",
    "it is about [count] square feet, maybe [count], with a [adj] [noun] on one side",
    "how long would it take to [verb] the [noun]",
    "the [noun] is [adj], and behind it there is some kind of [adj] [noun]",
    "we live on [street], the one with the [adj] [noun] by the [noun]",
    "I would rather [verb] it [time] than [verb] the [noun] twice",
    "[person] wants a [adj] [noun], I want a [adj] one, so we are not there yet",
    "somebody quoted us [money] for the [noun] alone, which sounded [adj]",
    "could you [verb] it on [day], or is [day] better for you",
    "there is a [noun] under the [noun] that [past] [time]",
    "do you work with [model], or only the [adj] kind",
    "what about the [noun], does that need a [noun] from the city",
    "I was told by [name] at [company] that a [noun] like this has to be [adj]",
    "that is more than I thought, we had about [money] in mind",
    "the [noun] has been [adj] since [person] [past] it",
    "honestly I do not know whether the [noun] is [adj] or the [noun] is",
    "we only have one [noun], so it cannot be out of use for more than [count] days",
    "and the [room], can you [verb] the [noun] there while you are at it",
    "I can send you pictures of the [noun] and the [noun] if that helps",
    "it [past] right after [person] [past] the [noun]",
    "my number is better than the mail, but you can write to [name] as well",
    "does the price change if we keep the [adj] [noun]",
    "our [noun] came from [company], model [model] I think",
    "that makes sense",
    "no, that was the other [noun], the [adj] one by the [room]",
    "sure, go ahead",
    "I would have to ask [person] about that",
    "okay, and when do you usually [verb] the [noun]",
    "the association does not let us [verb] anything [adj] facing the street",
    "we are in no hurry, but it should be [adj] [time]",
    "it is a [noun] from nineteen [digits], so everything is a bit [adj]",
    "you would have to bring a [noun], we do not have one",
    "what happens if it rains while the [noun] is open",
    "I read that a [adj] [noun] lasts longer than a [adj] one, is that so",
    "yes, exactly",
    "the insurance pays for the [noun] but not for the [noun]",
    "they [past] it [time], then it [past], then they stopped answering",
    "is there a warranty on the [noun]",
    "we have a dog, so the [noun] has to stay closed",
    "can I pay [money] now and the rest when the [noun] is [adj]",
    "between you and me, the [noun] was never [adj]",
    "I think [name] [past] it, he had a [noun] with him",
    "hold on, [person] is asking about the [noun]",
];

const AGENT: [&str; 40] = [
    "we usually [verb] the [noun] first and then look at the [noun]",
    "that depends on the [noun], a [adj] one is around [money]",
    "I can have [name] come by [day] to measure the [noun]",
    "do you know whether the [noun] is [adj] or [adj]",
    "we did one just like that on [street] [time]",
    "the [noun] is included, the [noun] is not",
    "it takes [count] days for the [noun] and another [count] for the [noun]",
    "you would need a permit if you [verb] the [noun]",
    "most people go for the [adj] [noun], it is easier to [verb]",
    "I will put that down: [adj] [noun], [room], [count] feet",
    "our supplier is [company], they have the [model] in stock",
    "let me read that back, you want to [verb] the [noun] and keep the [noun]",
    "no problem at all",
    "could you spell the street for me",
    "is there parking for a [noun] near the [noun]",
    "we can split it, [money] when we start and the rest at the end",
    "the last one we [past] was [adj] too, and it turned out to be the [noun]",
    "if the [noun] is [adj] underneath, we would have to [verb] that as well",
    "right, we cover that under the warranty for [count] months",
    "what is the best time to reach you [time]",
    "we do not [verb] [noun]s ourselves, but [company] does, ask for [name]",
    "with a [adj] [noun] you are looking at [money], roughly",
    "I see, and has anybody looked at the [noun] yet",
    "you can leave the [noun] where it is, the crew will [verb] it",
    "we close at six, but somebody answers texts until eight",
    "let me check the calendar, [day] is full, [day] looks good",
    "understood",
    "the inspector comes [time], that is not up to us",
    "a [model] would fit there, the [adj] one is two inches wider",
    "we bring everything, you only have to clear the [room]",
    "how old is the [noun], do you know",
    "so that would be order number [digits] [digits], you get it by mail as well",
    "I would not [verb] it before the [noun] is dry",
    "great question, it is [adj] by code",
    "thank you for your patience, the system is a bit slow today",
    "they are [adj] right now because of the [noun] shortage",
    "and is it on the [adj] side of the house",
    "I wrote down [count] by [count], tell me if that is wrong",
    "we [past] the price [time], so I would sign before then",
    "do you want the [adj] finish or the [adj] one",
];

const TEXTS: [&str; 30] = [
    "Can you come on [day] instead? [person] has the car",
    "Running [count] minutes late, traffic on [street]",
    "The [noun] arrived, it is [adj]. Is that right?",
    "Here is the address again: [digits] [street]",
    "Thanks! See you [day]",
    "What would a [adj] [noun] cost instead of the [adj] one?",
    "Please use the side door, the [noun] is [adj]",
    "Got the quote, [money] is fine if the [noun] is included",
    "Did [name] leave a [noun] here? There is one in the [room]",
    "We need to [verb] the [noun] first, can it wait until [day]?",
    "Perfect",
    "Hi, it is about the [noun] in the [room]. It [past] again",
    "Your crew will be there [time]. Please clear the [room]",
    "Invoice [digits] is attached. Let us know if anything is unclear",
    "The [model] is out of stock, would the [adj] version work for you?",
    "No worries",
    "Could you send a picture of the [noun]?",
    "We can do [day] at [count] past two or [day] morning",
    "Just checking in about the [noun]. Any news?",
    "[person] says the [noun] is still [adj] 😕",
    "Yes please 👍",
    "Sorry, I was at work. What did you need to know about the [noun]?",
    "The permit for [street] came through, we start [time]",
    "Who is this?",
    "Is the [noun] supposed to be this [adj]? It was [adj] before you [past] it",
    "OK",
    "¿Hablan español? Es por la cocina en [street]",
    "Talked to [company], they want [money] for the same [noun]",
    "Great job on the [noun], the [room] looks [adj]. We will leave a review",
    "Reminder: [name] comes [day] about the [noun]. Reply here if that does not work",
];

/// A word of a list: the first ones come most often, the last ones now and then.
fn word(chance: &mut Rng, list: &str) -> &'static str {
    let Some(words) = LISTS.get(list) else { return "" };
    // A uniform number below a uniform number: about as skewed as words are.
    let below = chance.usize(0..words.len());
    &words[chance.usize(0..=below)]
}

/// A name made of syllables: `Brelton`, `Wainquist`.
pub(super) fn invented_name(chance: &mut Rng) -> String {
    let middle = if chance.u8(0..3) == 0 { word(chance, "middle") } else { "" };
    format!("{}{}{middle}{}", word(chance, "onset"), word(chance, "middle"), word(chance, "ending"))
}

/// A first name, the common ones more often.
pub(super) fn first_name(chance: &mut Rng) -> &'static str {
    word(chance, "first")
}

/// A street of a town, without a number.
pub(super) fn street(chance: &mut Rng) -> String {
    format!("{} {}", invented_name(chance), word(chance, "suffix"))
}

fn fill(chance: &mut Rng, pattern: &str, out: &mut String) {
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        let Some((slot, after)) = after.split_once(']') else { break };
        match slot {
            "name" => {
                out.push_str(first_name(chance));
                if chance.bool() {
                    out.push(' ');
                    out.push_str(&invented_name(chance));
                }
            }
            "street" => out.push_str(&street(chance)),
            "company" => {
                out.push_str(&invented_name(chance));
                out.push(' ');
                out.push_str(word(chance, "firm"));
            }
            "model" => {
                let letters = [chance.uppercase(), chance.uppercase()];
                out.extend(letters);
                out.push_str(&format!("-{}", chance.u32(100..9_999)));
            }
            "money" => out.push_str(&match chance.u8(0..3) {
                0 => format!("{} dollars", chance.u32(2..190) * 25),
                1 => format!("${}", chance.u32(150..29_000)),
                _ => format!("{} thousand", word(chance, "count")),
            }),
            "digits" => out.push_str(&chance.u32(10..99).to_string()),
            list => out.push_str(word(chance, list)),
        }
        rest = after;
    }
    out.push_str(rest);
}

fn fill_one(chance: &mut Rng, patterns: &[&str], out: &mut String) {
    let pattern = patterns[chance.usize(0..patterns.len())];
    fill(chance, pattern, out);
}

/// Something somebody says: now and then with a filler, broken off, or with more to it.
fn sentence(chance: &mut Rng, patterns: &[&str]) -> String {
    let mut said = String::new();
    if chance.u8(0..4) == 0 {
        said.push_str(word(chance, "filler"));
        said.push_str(", ");
    }
    fill_one(chance, patterns, &mut said);
    if chance.u8(0..7) == 0 {
        said.push_str([", but ", ", and ", ", because ", ", or ", " – no, "][chance.usize(0..5)]);
        fill_one(chance, patterns, &mut said);
    }
    let asks = ["is ", "do ", "does ", "can ", "could ", "how ", "what "].iter().any(|word| said.starts_with(word));
    said.push(if asks { '?' } else { '.' });
    capitalised(&said)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Words spoken in ten seconds, by both together: four minutes are some six hundred words.
const WORDS_IN_TEN_SECONDS: i64 = 25;

/// A talk of so many seconds between the business (`true`) and the caller (`false`), around `begins` and `ends`, which
/// somebody says in any case.
pub(super) fn talk(chance: &mut Rng, seconds: i64, begins: Vec<SpokenLine>, ends: Vec<SpokenLine>) -> Vec<SpokenLine> {
    let count = |lines: &[SpokenLine]| lines.iter().map(|(_, words)| words.split(' ').count()).sum::<usize>();
    let wanted = usize::try_from(seconds * WORDS_IN_TEN_SECONDS / 10).unwrap_or_default();
    let mut said = count(&begins) + count(&ends);
    let mut lines = begins;
    let mut by_agent = lines.last().is_some_and(|(by_agent, _)| !by_agent);
    while said < wanted {
        let mut turn = sentence(chance, if by_agent { &AGENT } else { &CALLER });
        while chance.u8(0..5) < 2 {
            turn.push(' ');
            turn.push_str(&sentence(chance, if by_agent { &AGENT } else { &CALLER }));
        }
        said += turn.split(' ').count();
        lines.push((by_agent, turn));
        by_agent = !by_agent;
    }
    lines.extend(ends);
    lines
}

/// A text message or a line of a chat.
pub(super) fn message(chance: &mut Rng) -> String {
    let mut said = String::new();
    fill_one(chance, &TEXTS, &mut said);
    while chance.u8(0..6) == 0 {
        said.push_str(". ");
        fill_one(chance, &TEXTS, &mut said);
    }
    capitalised(&said)
}

/// What a form says, or a note: a few sentences.
pub(super) fn paragraph(chance: &mut Rng, sentences: std::ops::Range<u8>) -> String {
    let lines: Vec<String> = (0..chance.u8(sentences)).map(|_| sentence(chance, &CALLER)).collect();
    lines.join(" ")
}

/// How long talks last, in seconds, at each tenth: most are short, a few are very long. Means some four minutes.
const LENGTHS: [i64; 11] = [22, 55, 85, 115, 145, 180, 225, 285, 380, 560, 1_900];

/// How long a talk lasts. Seconds.
pub(super) fn length(chance: &mut Rng) -> i64 {
    let tenth = chance.usize(0..LENGTHS.len() - 1);
    let from = LENGTHS[tenth];
    // The longest are rare among the long ones too.
    let below = chance.i64(1..=LENGTHS[tenth + 1] - from);
    from + if tenth + 2 == LENGTHS.len() { chance.i64(0..below) / 2 } else { below }
}

impl InventedPerson {
    /// Somebody among many: a name and a street that hardly anybody else has, a number and an address that nobody else has.
    pub(super) fn one_of_many(mut self, chance: &mut Rng, index: u64) -> InventedPerson {
        self.first = first_name(chance);
        self.last = invented_name(chance).into();
        self.street = format!("{} {}", chance.u32(2..9_900), street(chance));
        let plain: String = format!("{}.{}", self.first, self.last)
            .chars()
            .filter(|letter| letter.is_ascii_alphabetic() || *letter == '.')
            .collect();
        // The first hundred lines are those among which the business has its own.
        self.phone = phone_of(index + 100);
        self.email = format!("{}.{index}@example.com", plain.to_lowercase());
        self
    }
}
