//! Invented people and what they say. Numbers are from the range kept for fiction (555-01xx).

use std::borrow::Cow;

const FIRST: [&str; 48] = [
    "Jane",
    "Ted",
    "Kaylah",
    "Marcus",
    "Ana Lucía",
    "Priya",
    "Devon",
    "Naomi",
    "Oscar",
    "Ruth",
    "Hassan",
    "Ingrid",
    "Tomás",
    "Mei",
    "Gordon",
    "Alice",
    "Bilal",
    "Chloé",
    "Dmitri",
    "Esther",
    "Felix",
    "Grace",
    "Henry",
    "Imani",
    "Jorge",
    "Kenji",
    "Lena",
    "Mateo",
    "Nadia",
    "Olu",
    "Petra",
    "Quinn",
    "Rosa",
    "Samir",
    "Thea",
    "Umar",
    "Vera",
    "Walt",
    "Ximena",
    "Yusuf",
    "Zoë",
    "Anton",
    "Beth",
    "Carl",
    "Dolores",
    "Emeka",
    "Fiona",
    "Glenn",
];
const LAST: [&str; 44] = [
    "Doe",
    "Robertson",
    "Mills",
    "Hale",
    "Ferreira",
    "Raman-Whitcombe",
    "Brooks",
    "Okafor",
    "Lindqvist",
    "Castellanos",
    "Nguyen",
    "Abernathy",
    "Petrov",
    "Iversen",
    "Delacroix",
    "Yamamoto",
    "O'Brien",
    "Kowalski",
    "Haddad",
    "Marsh",
    "Bergström",
    "Cole",
    "Dunn",
    "Estrada",
    "Fairchild",
    "Gupta",
    "Holloway",
    "Ishikawa",
    "Jansen",
    "Khan",
    "Laurent",
    "Moreau",
    "Novak",
    "Osei",
    "Park",
    "Quintero",
    "Reyes",
    "Sato",
    "Tran",
    "Ueda",
    "Vance",
    "Wexler",
    "Young",
    "Zamora",
];
const AREAS: [&str; 20] = [
    "404", "770", "678", "470", "416", "905", "647", "212", "718", "303", "312", "617", "202", "305", "713", "602",
    "206", "503", "614", "216",
];
const CITIES: [(&str, &str, &str); 8] = [
    ("Atlanta", "GA", "30303"),
    ("Marietta", "GA", "30060"),
    ("Decatur", "GA", "30030"),
    ("Roswell", "GA", "30075"),
    ("Smyrna", "GA", "30080"),
    ("Alpharetta", "GA", "30009"),
    ("Sandy Springs", "GA", "30328"),
    ("Dunwoody", "GA", "30338"),
];

/// 20 areas of 100 fictional lines; beyond that (benchmarks) whole exchanges of the 555 range. E.164.
pub(super) fn phone_of(index: u64) -> String {
    let (line, area) = (index % 100, (index / 100) % 20);
    let exchange = 555 + (index / 2_000) % 400;
    format!("+1{}{exchange}{:04}", AREAS[area as usize], 100 + line)
}

/// What somebody wants done: `(job, details, price in cents)`.
pub(super) const JOBS: [(&str, &str, i64); 8] = [
    ("kitchen remodel", "new fronts and lighting, about 150 square feet", 1_420_000),
    ("bathroom", "a walk-in shower instead of the tub", 960_000),
    ("deck", "the boards are rotten near the stairs", 720_000),
    ("patio doors", "two sliding doors that do not close any more", 385_000),
    ("windows", "six windows on the street side", 640_000),
    ("basement", "insulation and a guest room", 2_150_000),
    ("roof leak", "a stain on the bedroom ceiling", 185_000),
    ("painting", "three rooms and the hallway", 240_000),
];

/// An invented person.
#[derive(Debug, Clone)]
pub(super) struct InventedPerson {
    pub first: &'static str,
    pub last: Cow<'static, str>,
    /// E.164.
    pub phone: String,
    pub email: String,
    pub city: (&'static str, &'static str, &'static str),
    pub street: String,
    pub job: (&'static str, &'static str, i64),
    pub person_token: String,
}

impl InventedPerson {
    pub fn invent(chance: &mut fastrand::Rng, index: u64) -> InventedPerson {
        let first = FIRST[chance.usize(0..FIRST.len())];
        let last = LAST[chance.usize(0..LAST.len())];
        let phone = phone_of(index);
        let plain: String =
            format!("{first}.{last}").chars().filter(|c| c.is_ascii_alphabetic() || *c == '.').collect();
        let email = format!("{}{}@example.com", plain.to_lowercase(), index % 97);
        let street = format!(
            "{} {} Street",
            chance.u32(10..990),
            ["Oak", "Maple", "Peachtree", "Mill", "Spring"][chance.usize(0..5)]
        );
        InventedPerson {
            first,
            last: last.into(),
            phone,
            email,
            city: CITIES[chance.usize(0..CITIES.len())],
            street,
            job: JOBS[chance.usize(0..JOBS.len())],
            person_token: format!("PER{:016x}{:016x}", chance.u64(..), chance.u64(..)),
        }
    }

    pub fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// What the phone company shows: upper case, the last name first.
    pub fn caller_id(&self) -> String {
        format!("{} {}", self.last, self.first).to_uppercase()
    }

    /// What they want, as it is said: `a bathroom`, `windows`.
    pub fn wish(&self) -> String {
        let job = self.job.0;
        if job.ends_with('s') || job.ends_with("ing") { job.to_string() } else { format!("a {job}") }
    }

    /// `404-555-0142`.
    pub fn dashed(&self) -> String {
        let digits = &self.phone[2..];
        format!("{}-{}-{}", &digits[..3], &digits[3..6], &digits[6..])
    }

    /// `4045550142`.
    pub fn ten_digits(&self) -> String {
        self.phone[2..].to_string()
    }
}

/// Who speaks.
pub(super) type SpokenLine = (bool, String);

/// A talk between the business (`true`) and the caller (`false`), long enough to be worth reading.
pub(super) fn talk(chance: &mut fastrand::Rng, who: &InventedPerson, agent: &str, booked: bool) -> Vec<SpokenLine> {
    let first = agent.split(' ').next().unwrap_or(agent);
    let (_, details, cents) = who.job;
    let day = ["Tuesday", "Wednesday", "Thursday", "Friday"][chance.usize(0..4)];
    let hour = ["nine", "ten", "eleven", "two in the afternoon"][chance.usize(0..4)];
    let heard = ["a neighbour", "your site", "an ad", "my sister"][chance.usize(0..4)];
    let mut lines: Vec<SpokenLine> = vec![
        (true, format!("Northgate Homes, this is {first}.")),
        (
            false,
            format!("Hi, this is {}. I heard about you from {heard}. I am calling about {}.", who.name(), who.wish()),
        ),
        (true, "Happy to help. What are you thinking of?".into()),
        (false, format!("It is {details}. We would like to have it done before the summer.")),
        (true, format!("That is most of what we do. Is the house in {}?", who.city.0)),
        (false, format!("Yes, {}. Could you give me a quote, roughly?", who.street)),
        (
            true,
            format!(
                "For {} like that people usually pay around {} dollars, but I would want to see it first.",
                who.wish(),
                cents / 100
            ),
        ),
    ];
    match chance.u8(0..3) {
        0 => {
            lines.push((false, "The last firm I called never showed up, so a firm time would be good.".into()));
            lines.push((true, "Understood. You get a message when we are on the way.".into()));
        }
        1 => {
            lines.push((false, "Is the material included in that?".into()));
            lines.push((true, "It is, with the removal of the old one. The permit is extra if you need one.".into()));
        }
        _ => {
            lines.push((false, "Do you have financing? We just paid for a car.".into()));
            lines.push((true, "We can split it over twelve months without interest.".into()));
        }
    }
    if booked {
        lines.push((true, format!("Shall we come by {day} at {hour} to measure?")));
        lines.push((false, format!("{day} at {hour} is good. See you then.")));
        lines.push((true, "It is booked. You will get a text with the details. Thank you for calling.".into()));
    } else {
        lines.push((false, "I have to talk about it at home first. Can I call you back?".into()));
        lines.push((true, "Of course. I will send you my number by text.".into()));
    }
    lines
}

/// One sentence about the talk.
pub(super) fn summary(who: &InventedPerson, agent: &str, booked: bool) -> String {
    let first = agent.split(' ').next().unwrap_or(agent);
    let (wish, (_, details, _)) = (who.wish(), who.job);
    if booked {
        format!("Wants {wish}: {details}. Asked for a quote. {first} booked a visit to measure.")
    } else {
        format!("Asked what {wish} would cost: {details}. Wants to talk about it at home and call back.")
    }
}
