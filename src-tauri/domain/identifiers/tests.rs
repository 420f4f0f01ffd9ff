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
            assert!(zebulon().tells(&text, TextScope::Elsewhere), "{proof}: {text}");
            for wide in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
                let bytes: Vec<u8> = text.encode_utf16().flat_map(wide).collect();
                assert!(zebulon().in_bytes(&bytes, TextScope::Elsewhere), "{proof}: {text} in UTF-16");
                let odd: Vec<u8> = [b"x".as_slice(), &bytes].concat();
                assert!(zebulon().in_bytes(&odd, TextScope::Elsewhere), "{proof}: {text} in UTF-16, shifted");
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
        assert!(!zebulon().tells(text, TextScope::Elsewhere), "{text}");
    }
    for text in ["Zebulon", "ask QUARTERMAIN!", "555-0187", "ze\u{301}bulon", "%5Aebulon", "zebulonquartermain"] {
        assert!(zebulon().tells(text, TextScope::Own), "{text}");
    }
    for text in ["Zebulons", "spring roofs", "2026-03-25"] {
        assert!(!zebulon().tells(text, TextScope::Own), "{text}");
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
            assert!(person.tells(text, TextScope::Elsewhere), "{name}: {text}");
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
        assert!(person.tells(text, TextScope::Elsewhere), "{text}");
    }
    for text in [
        "zq at the example of com",
        "at example dot com",
        "020 7183 8751",
        "xn--bcher-kva.example",
        "Joerg and Mueller",
    ] {
        assert!(!person.tells(text, TextScope::Elsewhere), "{text}");
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
            assert!(!person.tells(&text, TextScope::Elsewhere), "{text}");
        }
        assert!(person.tells(&format!("{name}, please"), TextScope::Own), "{name}");
    }
    let mut person = PersonIdentifiers::default();
    person.add_name("김철수", false);
    assert!(!person.tells("김철숙", TextScope::Elsewhere), "somebody else");
}

#[test]
fn among_their_own_a_word_is_theirs_with_and_without_its_apostrophe() {
    for (name, text) in [("Seán O’Brien", "ask OBrien"), ("Sean OBrien", "ask O’Brien"), ("Anne-Marie", "annemarie")]
    {
        let mut person = PersonIdentifiers::default();
        person.add_name(name, false);
        assert!(person.tells(text, TextScope::Own), "{name}: {text}");
    }
}

#[test]
fn what_stands_where_a_name_is_not_known_is_nobodys() {
    let mut person = PersonIdentifiers::default();
    person.add_name("Website Visitor", false);
    person.add_name("ATLANTA GA", true);
    person.add_name("Will", false);
    for text in ["a website visitor", "Atlanta, GA 30303", "it will rain"] {
        assert!(!person.tells(text, TextScope::Elsewhere), "{text}");
    }
}

#[test]
fn an_agent_may_share_a_word_of_the_name() {
    assert!(!zebulon().is_them("Kim Quartermain"));
    assert!(zebulon().is_them("Quartermain"));
    assert!(zebulon().is_them("Zebulon J. Quartermain, 404 555 0187"));
}

/// As bytes of two figures each, with something around every one.
fn in_hex(text: &str, before: &str, after: &str) -> String {
    text.bytes().map(|b| format!("{before}{b:02x}{after}")).collect()
}

/// RFC 4648, without padding.
fn in_base32(text: &str) -> String {
    let bits: String = text.bytes().map(|b| format!("{b:08b}")).collect();
    let five = |bits: &[u8]| {
        let bits = String::from_utf8_lossy(bits);
        let index = usize::from_str_radix(&format!("{bits:0<5}"), 2).unwrap();
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[index])
    };
    bits.as_bytes().chunks(5).map(five).collect()
}

#[test]
fn escapes_and_figures_of_old_programs_hide_nobody() {
    for proof in PROOFS {
        let longer = format!("it is {proof}, yes");
        let units = |write: &dyn Fn(u16) -> String| longer.encode_utf16().map(write).collect::<String>();
        let octal: String = longer.bytes().map(|b| format!("\\{b:03o}")).collect();
        let base32 = in_base32(&longer);
        for text in [
            units(&|unit| format!("%u{unit:04x}")),
            units(&|unit| format!("%U{unit:04X}")),
            proof.replace('@', "%u0040").replace('-', "%u002d").replace('+', "%u002b").replace(' ', "%u0020"),
            octal.clone(),
            octal.replace('\\', "\\\\"),
            in_hex(&longer, "\\x", ""),
            longer.chars().map(|c| format!("\\u{{{:x}}}", u32::from(c))).collect(),
            longer.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect(),
            in_hex(&longer, "0x", " "),
            in_hex(&longer, "0x", ", "),
            in_hex(&longer, "0x", ""),
            in_hex(&longer, "", " ").to_uppercase(),
            in_hex(&longer, "", ":"),
            in_hex(&longer, "", "-"),
            format!("0x{}", in_hex(&longer, "", "")),
            format!("{{\"d\":\"{}\"", in_hex(&longer, "", "")),
            // Torn off its beginning, within a byte.
            in_hex(&longer, "", "")[1..].to_string(),
            in_hex(&longer, "", "")
                .as_bytes()
                .chunks(4)
                .map(|two| format!("{} ", String::from_utf8_lossy(two)))
                .collect(),
            base32.clone(),
            base32.to_lowercase(),
            format!("{{\"d\":\"{base32}====\""),
            base32[3..].to_string(),
            STANDARD.encode(in_hex(&longer, "", "")),
            in_hex(&STANDARD.encode(&longer), "", ""),
        ] {
            assert!(zebulon().tells(&text, TextScope::Elsewhere), "{proof}: {text}");
        }
    }
}

#[test]
fn bytes_that_are_no_utf_8_are_read_as_what_they_may_be() {
    let mut person = zebulon();
    person.add_name("Seán O’Brien", false);
    let latin = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    for bytes in [
        latin("{\"name\": \"Zébulon Quartermain\", \"town\": \"Zürich\""),
        latin("QUARTERMAIN, ZÉBULON"),
        latin("Seán O’Brien"),
        // One letter of another text is none of this one.
        [latin("Zébulon Quartermain "), "\u{4e2d}".as_bytes().to_vec()].concat(),
        [latin("404–555–0187"), vec![0xff]].concat(),
        b"Z%E9bulon%20Quartermain".to_vec(),
        b"Z=E9bulon Quartermain".to_vec(),
        b"Z\\351bulon Quartermain, Z\\xe9ro".to_vec(),
        b"Z\\xc3\\xa9bulon Quartermain".to_vec(),
        STANDARD.encode(latin("it was Zébulon Quartermain")).into_bytes(),
        // Between bytes that are no text.
        [&[0xb3_u8][..], b"Zebulon Quartermain", &[0xaa, 1, 2, 3, 4, 5, 6, 7, 8]].concat(),
    ] {
        assert!(person.in_bytes(&bytes, TextScope::Elsewhere), "{}", String::from_utf8_lossy(&bytes));
    }
    for proof in PROOFS {
        for wide in [u32::to_le_bytes as fn(u32) -> [u8; 4], u32::to_be_bytes] {
            let bytes: Vec<u8> = proof.chars().flat_map(|c| wide(u32::from(c))).collect();
            for shift in 0..4 {
                let shifted = [&b"xyz"[..shift], &bytes].concat();
                assert!(zebulon().in_bytes(&shifted, TextScope::Elsewhere), "{proof} in UTF-32, shifted by {shift}");
            }
        }
    }
    let mut person = PersonIdentifiers::default();
    person.add_name("Юлия Петрова", false);
    let wide: Vec<u8> = "\u{feff}Юлия Петрова".chars().flat_map(|c| u32::to_le_bytes(u32::from(c))).collect();
    assert!(person.in_bytes(&wide, TextScope::Elsewhere));
    for other in [latin("Zébulin Quartermain"), latin("Zébulon et Quartermain"), vec![0xe9; 64]] {
        assert!(!zebulon().in_bytes(&other, TextScope::Elsewhere), "{}", String::from_utf8_lossy(&other));
    }
}

#[test]
fn a_number_in_fields_of_its_own_is_one() {
    for text in [
        r#"{"d":["4","0","4","5","5","5","0","1","8","7"]"#,
        r#"{"d":[4,0,4,5,5,5,0,1,8,7]"#,
        r#"[[4,0,4],[5,5,5],[0,1,8,7]]"#,
        r#"["404","555","0187"]"#,
        r#"[{"d":4},{"d":0},{"d":4},{"d":5},{"d":5},{"d":5},{"d":0},{"d":1},{"d":8},{"d":7}]"#,
        r#"{"area":"404","number":"5550187""#,
        r#"{"area": 404, "number": 5550187"#,
        r#"{"country":"1","area":"(404)","number":"555-0187""#,
        r#"{"area_code":"1404","phone_number":"555 0187""#,
        r#"{"npa":"404","nxx":"555","line":"0187""#,
        r#"{"p1":404,"p2":555,"p3":"0187""#,
        r#"{"number":"5550187","area":"404""#,
        r#"{"number":"555-0187","area_code":"404""#,
        r#"{\"area\":\"404\",\"number\":\"5550187\""#,
        "area=404&number=5550187",
        "phone%5B0%5D=404&phone%5B1%5D=5550187",
        "phone[0]=404&phone[1]=555&phone[2]=0187",
        "area: 404\nnumber: 5550187",
        "<area>404</area><number>5550187</number>",
        "<d>4</d><d>0</d><d>4</d><d>5</d><d>5</d><d>5</d><d>0</d><d>1</d><d>8</d><d>7</d>",
    ] {
        assert!(zebulon().tells(text, TextScope::Elsewhere), "{text}");
    }
}

#[test]
fn parts_of_several_numbers_are_none() {
    for text in [
        // A neighbour's, and another's of the same area.
        r#"[{"number":"5550199","area":"404"},{"number":"5550187","area":"770"}]"#,
        r#"[{"area":"770","number":"5550187"},{"area":"404","number":"5550199"}]"#,
        r#"number":"5550199","area":"404"},{"number":"5550187","area":"770"}"#,
        "number=5550199&area=404&number=5550187&area=770",
        "- number: 5550199\n  area: 404\n- number: 5550187\n  area: 770",
        "<p><number>5550199</number><area>404</area></p><p><number>5550187</number><area>770</area></p>",
        r#"{"area":"404","other_area":"770","number":"5550187""#,
        r#"{"area":"404","number":"55501870""#,
        r#"{"area":"4040","number":"5550187""#,
        r#"{"status":404,"took_ms":187,"size":5550187}"#,
        r#"{"200":12,"404":5550187}"#,
        "the 404 of 5550187",
        "404 and 5550187",
        r#"[4,0,4,5,5,5,0,1,8]"#,
        r#"[4,0,4,5,5,5,0,1,871]"#,
        r#"[14,0,4,5,5,5,0,1,8,72]"#,
    ] {
        assert!(!zebulon().tells(text, TextScope::Elsewhere), "{text}");
    }
}

#[test]
fn noise_is_nobody() {
    let mut person = PersonIdentifiers::default();
    person.add_name("Li Wu", false);
    person.add_name("Zebulon Quartermain", false);
    // Of seven digits, as some countries have them.
    person.add_number("+3545550187");
    for text in [
        // Figures within a digest are none of a number.
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "5550187c0ffee5550187c0ffee5550187c0ffee5",
        "sha256:ab5550187cd3545550187ef0123456789abcdef0123456789abcdef012345678",
        "{\"etag\":\"33a64df551425fcc5550187e4d42a148795d9f25f89d4\"",
        // One word of a name, and the words of it apart.
        &in_hex("Zebulon is late", "", ""),
        &in_base32("Quartermain was here, and so was Zebulon"),
        &format!("[{}]", "5,5,5,1,8,7,0,".repeat(200)),
        "CONGRATULATIONS TO QUARTERMAIN INDUSTRIES, INTERNATIONALISATION DEPARTMENT",
        &in_base32("li and wu"),
        "de ad be ef ca fe ba be 00 11 22 33 44 55 66 77 88 99",
    ] {
        assert!(!person.tells(text, TextScope::Elsewhere), "{text}");
    }
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    assert!(!person.in_bytes(&bytes, TextScope::Elsewhere));
    assert!(!person.in_bytes(hex::encode(&bytes[..50_000]).as_bytes(), TextScope::Elsewhere));
    assert!(!person.in_bytes(STANDARD.encode(&bytes[..50_000]).as_bytes(), TextScope::Elsewhere));
}

#[test]
fn a_mail_box_is_one_whatever_is_hung_on_it() {
    for text in [
        "zq+news@example.com",
        "ZQ+spring.2026@EXAMPLE.com",
        "<zq+news@example.com>",
        "mailto:zq%2Bnews%40example.com",
        "bounce-zq=example.com@lists.example.net",
        "bounces+123-ab9f-zq=example.com@em.example.net",
        "news-return-421-zq=example.com@lists.example.net",
        "prvs=0123abcdef=zq=example.com@relay.example.net",
        "SRS0=HHH7=TT=example.com=zq@relay.example.net",
        "zq=example.com@lists.example.net",
        "zq+news=example.com@lists.example.net",
    ] {
        assert!(zebulon().tells(text, TextScope::Elsewhere), "{text}");
    }
    for text in [
        "ann.zq+news@example.com",
        "zq+news@example.com.au",
        "zq+news@example.community",
        "zq+@example.org",
        "zq+ news@example.com",
        "bounce-ann-zq=example.com@lists.example.net",
        "ann-zq=example.com@lists.example.net",
        "bounce-zq=example.com.au@lists.example.net",
        "bounce-ann.zq=example.com@lists.example.net",
        "x=zq=example.community@lists.example.net",
        "zq=example.com",
        "SRS0=HHH7=TT=example.com=ann.zq@relay.example.net",
        "SRS0=HHH7=TT=example.com=zqx@relay.example.net",
    ] {
        assert!(!zebulon().tells(text, TextScope::Elsewhere), "{text}");
    }
    let mut tagged = PersonIdentifiers::default();
    tagged.add_mail("zq+roofs@example.com");
    for (text, theirs) in [
        ("zq+roofs@example.com", true),
        ("zq@example.com", true),
        ("zq+ann@example.com", false),
        ("ann@example.com", false),
    ] {
        assert_eq!(tagged.tells(text, TextScope::Elsewhere), theirs, "{text}");
    }
}

/// Each of these took minutes, of a few megabytes days, while every part was compared with all before it.
#[test]
fn what_is_made_to_take_long_takes_no_longer() {
    let filled = |piece: &str| format!("zq at Zebulon Quartermai {}", piece.repeat(250_000 / piece.len()));
    for piece in ["1,", "dot ", "name ", "\"a\":1,", "4,0,4,5,5,5,0,1,8,6,", "=3D", "5a ", "zq=", "zq+", "zq at dot "] {
        assert!(!zebulon().in_bytes(filled(piece).as_bytes(), TextScope::Elsewhere), "{piece}");
    }
}
