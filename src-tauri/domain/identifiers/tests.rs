//! Who a text is about, in any writing.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use super::*;

fn zebulon() -> PersonIdentifiers {
    let mut person = PersonIdentifiers::default();
    person.add_name("Zébulon Quartermain", false);
    person.add_number("+14045550187");
    person.add_mail("ZQ@example.com");
    person
}

/// What says who it is wherever it stands.
const PROOFS: [&str; 6] = [
    "Zebulon Quartermain",
    "QUARTERMAIN, ZÉBULON",
    "+14045550187",
    "(404) 555-0187",
    "zq@example.com",
    "ZQ@EXAMPLE.COM",
];

fn in_every_writing(text: &str) -> Vec<String> {
    let each = |write: &dyn Fn(char) -> String| text.chars().map(write).collect::<String>();
    let units = |write: &dyn Fn(u16) -> String| text.encode_utf16().map(write).collect::<String>();
    let mut all = vec![
        text.to_string(),
        format!("<b>{text}</b>"),
        each(&|c| format!("&#{};", u32::from(c))),
        each(&|c| format!("&#x{:x};", u32::from(c))),
        each(&|c| format!("&#X{:X}", u32::from(c))),
        text.replace('@', "&commat;").replace(' ', "&nbsp;").replace('é', "&eacute;").replace('-', "&hyphen;"),
        units(&|unit| format!("\\u{unit:04x}")),
        text.replace('@', "\\u0040").replace('-', "\\u002D").replace('+', "\\u002b"),
        text.bytes().map(|b| format!("%{b:02X}")).collect(),
        text.replace('+', "%2B").replace('@', "%40").replace(' ', "+"),
        text.replace('@', "%2540").replace(' ', "%2520"),
        text.bytes().map(|b| format!("={b:02X}")).collect(),
    ];
    for before in ["", ":", "x "] {
        let longer = format!("{before}{text} and more of it");
        let engines = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD];
        all.extend(engines.map(|engine| format!("{{\"d\":\"{}\"}}", engine.encode(&longer))));
        let wide: Vec<u8> = longer.encode_utf16().flat_map(u16::to_le_bytes).collect();
        all.push(STANDARD.encode(wide));
        // Torn off its beginning.
        let whole = STANDARD.encode(format!("what stands before {longer}"));
        all.extend((1..4).map(|cut| whole.chars().skip(cut).collect()));
    }
    all
}

#[test]
fn a_whole_name_a_number_and_a_mail_are_proof_in_any_writing() {
    for proof in PROOFS {
        for text in in_every_writing(proof) {
            assert!(zebulon().tells(&text, Reach::Elsewhere), "{proof}: {text}");
            for wide in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
                let bytes: Vec<u8> = text.encode_utf16().flat_map(wide).collect();
                assert!(zebulon().in_bytes(&bytes, Reach::Elsewhere), "{proof}: {text} in UTF-16");
                let odd: Vec<u8> = [b"x".as_slice(), &bytes].concat();
                assert!(zebulon().in_bytes(&odd, Reach::Elsewhere), "{proof}: {text} in UTF-16, shifted");
            }
        }
    }
}

#[test]
fn elsewhere_a_word_of_a_name_is_no_proof() {
    for text in [
        "Zebulon",
        "Quartermain",
        "Zebulon and Quartermain",
        "555-0187",
        "ann.zq@example.com",
        "zq@example.com.au",
        "zq@example.community",
        "94045550187123456789",
        "1404555018",
        "",
        "c29tZXRoaW5nIGVsc2UgZW50aXJlbHk=",
    ] {
        assert!(!zebulon().tells(text, Reach::Elsewhere), "{text}");
    }
    for text in ["Zebulon", "ask QUARTERMAIN!", "555-0187", "ze\u{301}bulon", "%5Aebulon", "zebulonquartermain"] {
        assert!(zebulon().tells(text, Reach::Own), "{text}");
    }
    for text in ["Zebulons", "spring roofs", "2026-03-25"] {
        assert!(!zebulon().tells(text, Reach::Own), "{text}");
    }
}

#[test]
fn a_whole_name_is_one_in_any_script_and_order_and_whatever_is_within_its_words() {
    for (name, texts) in [
        (
            "Seán O’Brien",
            "Sean OBrien|sean o'brien|O'Brien, Sean|OBRIEN SEÁN|O&#39;Brien, Se&aacute;n|Sean%20O%27Brien",
        ),
        ("Sean OBrien", "Seán O’Brien|O Brien, Sean"),
        ("Mary-Jane Watson", "mary jane watson|Watson, Mary-Jane|MaryJane Watson|watson mary‑jane"),
        (
            "Zebulon Pike Quartermain",
            "Zebulon Quartermain|Quartermain, Zebulon Pike|Quartermain, Zebulon|quartermain zebulon",
        ),
        (
            "Zebulon Quartermain",
            r#"{"first_name":"Zebulon","last_name":"Quartermain"|<first>Zebulon</first><last>Quartermain</last>|fname=Zebulon&lname=Quartermain|Zebulon\tQuartermain"#,
        ),
        (
            "Юлия Петрова",
            "ЮЛИЯ ПЕТРОВА|Петрова Юлия|%D0%AE%D0%BB%D0%B8%D1%8F+%D0%9F%D0%B5%D1%82%D1%80%D0%BE%D0%B2%D0%B0|\\u042e\\u043b\\u0438\\u044f \\u041f\\u0435\\u0442\\u0440\\u043e\\u0432\\u0430",
        ),
        ("Μαρία Παπαδοπούλου", "ΜΑΡΙΑ ΠΑΠΑΔΟΠΟΥΛΟΥ|Παπαδοπουλου Μαρια"),
        ("محمد الهاشمي", "مُحَمَّد الهاشمي|الهاشمي، محمد"),
        ("דוד כהן", "כהן, דוד|דָּוִד כהן"),
        ("प्रिया शर्मा", "शर्मा, प्रिया"),
        ("王小明", "我是王小明。|姓名：王小明|{\"name\":\"王小明\""),
        ("山田 太郎", "山田太郎です|山田　太郎"),
        ("김철수", "김철수입니다|\u{1100}\u{1175}\u{11b7}\u{110e}\u{1165}\u{11af}\u{1109}\u{116e}"),
        ("สมชาย ใจดี", "คุณสมชายใจดีครับ|สมชาย ใจดี"),
    ] {
        let mut person = PersonIdentifiers::default();
        person.add_name(name, false);
        for text in texts.split('|') {
            assert!(person.tells(text, Reach::Elsewhere), "{name}: {text}");
        }
    }
}

#[test]
fn what_says_who_it_is_is_found_in_writings_nobody_listed() {
    let mut person = zebulon();
    person.add_number("+442071838750");
    person.add_mail("Zoë@Bücher.example");
    person.add_name("Jörg Müller", false);
    let twice = |text: &str| serde_json::to_string(&serde_json::to_string(text).unwrap()).unwrap();
    let lines: String = STANDARD
        .encode("what somebody wrote before it: Zebulon Quartermain, and after")
        .as_bytes()
        .chunks(24)
        .map(|line| format!("{}\\r\\n", String::from_utf8_lossy(line)))
        .collect();
    for text in [
        // Both numbers, and numbers with what people write around them.
        "020 7183 8750",
        "+44 (0)20 7183 8750",
        "tel:+44-20-7183-8750;ext=3",
        "four-oh-four five-five-five oh-one-eight-seven",
        "404%20555%200187",
        "%28404%29+555-0187",
        "&#x34;&#48;&#52;-&#53;&#53;&#53;-&#48;&#49;&#56;&#55;",
        "404&ndash;555&ndash;0187",
        "call 404-555-01=\r\n87 back",
        "404\\u002d555\\u002d0187",
        // Mails.
        "zoe@xn--bcher-kva.example",
        "ZOË@BÜCHER.EXAMPLE",
        "zo%C3%AB%40b%C3%BCcher.example",
        "zq at example dot com",
        "zq [at] example [dot] com",
        "zq(at)example.com",
        "mailto:zq%40example.com?subject=x",
        // Names.
        "name=Zebulon%20Quartermain&phone=%2B1",
        "Zebulon=20Quarter=\nmain",
        "Z e b u l o n  Q u a r t e r m a i n",
        "ｚｅｂｕｌｏｎ　ｑｕａｒｔｅｒｍａｉｎ",
        "Zeb\u{ad}ulon Quarter\u{200b}main",
        "Mueller, Joerg",
        "JORG MULLER",
        "/leads/zebulon-quartermain?x=1",
        &twice(r#"{"who":"Zebulon \"Quartermain\""}"#),
        &twice(&twice("zq@example.com")),
        &lines,
    ] {
        assert!(person.tells(text, Reach::Elsewhere), "{text}");
    }
    for text in [
        "zq at the example of com",
        "at example dot com",
        "020 7183 8751",
        "xn--bcher-kva.example",
        "Joerg and Mueller",
    ] {
        assert!(!person.tells(text, Reach::Elsewhere), "{text}");
    }
}

#[test]
fn one_word_of_a_name_is_nobodys_elsewhere() {
    for name in [
        "Grace",
        "Quartermain",
        "Anne-Marie",
        "O’Brien",
        "D'Angelo",
        "Grace M.",
        "J. Smith",
        "Jean‑Luc",
        "สมชาย",
        "さくら",
        "李明",
        "Юлия",
        "Μαρία",
        "محمد",
        "प्रिया",
        "Élodie",
    ] {
        let mut person = PersonIdentifiers::default();
        person.add_name(name, false);
        for around in ["", " Dupont", ", please", "/1.0", " office report"] {
            let text = format!("{name}{around}");
            assert!(!person.tells(&text, Reach::Elsewhere), "{text}");
        }
        assert!(person.tells(&format!("{name}, please"), Reach::Own), "{name}");
    }
    let mut person = PersonIdentifiers::default();
    person.add_name("김철수", false);
    assert!(!person.tells("김철숙", Reach::Elsewhere), "somebody else");
}

#[test]
fn among_their_own_a_word_is_theirs_with_and_without_its_apostrophe() {
    for (name, text) in [("Seán O’Brien", "ask OBrien"), ("Sean OBrien", "ask O’Brien"), ("Anne-Marie", "annemarie")]
    {
        let mut person = PersonIdentifiers::default();
        person.add_name(name, false);
        assert!(person.tells(text, Reach::Own), "{name}: {text}");
    }
}

#[test]
fn what_stands_where_a_name_is_not_known_is_nobodys() {
    let mut person = PersonIdentifiers::default();
    person.add_name("Website Visitor", false);
    person.add_name("ATLANTA GA", true);
    person.add_name("Will", false);
    for text in ["a website visitor", "Atlanta, GA 30303", "it will rain"] {
        assert!(!person.tells(text, Reach::Elsewhere), "{text}");
    }
}

#[test]
fn an_agent_may_share_a_word_of_the_name() {
    assert!(!zebulon().is_them("Kim Quartermain"));
    assert!(zebulon().is_them("Quartermain"));
    assert!(zebulon().is_them("Zebulon J. Quartermain, 404 555 0187"));
}
